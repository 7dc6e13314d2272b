# The wheel is built in a stage of its own: the image that runs holds no build tools.
FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY requirements/run.txt requirements/run.txt
RUN python -m venv /opt/tocsin \
    && /opt/tocsin/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY watchers watchers
RUN /opt/tocsin/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="Tocsin" \
      org.opencontainers.image.description="A self-hosted news-alert bot" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin tocsin \
    && install -d -o tocsin -g tocsin /data /seeds
COPY --from=build /opt/tocsin /opt/tocsin
COPY --chown=tocsin:tocsin seeds /seeds
ENV PATH=/opt/tocsin/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TOCSIN_DATA_DIR=/data \
    TOCSIN_SEEDS_DIR=/seeds
WORKDIR /data
USER tocsin
VOLUME ["/data", "/seeds"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=10s --start-period=20s CMD ["tocsin", "check"]
ENTRYPOINT ["tocsin"]
CMD ["run"]
