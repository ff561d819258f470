# A container in which everything is installed; what is run in it needs no network:
#
#   docker build -t grassroots .
#   docker run --rm -it --network none grassroots sh
#   .venv/bin/grassroots run && .venv/bin/grassroots report && .venv/bin/grassroots verify
#
# Results stay in the container unless its folder is mounted: -v "$PWD/reports:/project/reports".
# This image has not been built where it was written: there was no container engine. Its steps were run
# outside of one, by tests/setup/test_container.py. The digest is that of the tag as others publish it;
# `docker pull python:3.12.7-slim-bookworm` shows whether it still is.
FROM python:3.12.7-slim-bookworm@sha256:032c52613401895aa3d418a4c563d2d05f993bc3ecc065c8f4e2280978acd249

RUN useradd --create-home study
USER study
WORKDIR /project
COPY --chown=study . .
RUN python tools/setup_env.py --installer pip
RUN .venv/bin/grassroots data check
CMD [".venv/bin/grassroots", "run"]
