# Critical values of Imbens and Manski (2004) by root finding; writes bounds.json.
# Rscript tests/reference/models/bounds.R tests/reference/models
library(jsonlite)
folder <- commandArgs(trailingOnly = TRUE)[1]
solve_c <- function(gap, level, df) {
  uniroot(function(c) pt(c + gap, df) - pt(-c, df) - level, c(0, 50), tol = 1e-14)$root
}
grid <- expand.grid(gap = c(0.01, 0.3, 1, 2.5, 6), level = c(0.9, 0.95, 0.99), df = c(12, Inf))
grid$c <- mapply(solve_c, grid$gap, grid$level, grid$df)
grid$df <- ifelse(is.finite(grid$df), grid$df, NA)
write_json(list(r = R.version.string, critical = grid), file.path(folder, "bounds.json"),
           auto_unbox = TRUE, digits = 15, pretty = TRUE, na = "null")
