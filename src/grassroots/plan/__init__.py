"""The analysis plan, read from YAML into typed, validated objects."""
