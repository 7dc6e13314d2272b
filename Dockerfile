# Build the wheel in a separate stage, so that the final image contains no build tools.
FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY requirements/image.txt requirements/image.txt
RUN python -m venv /opt/tocsin \
    && /opt/tocsin/bin/pip install --no-cache-dir --require-hashes -r requirements/image.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY watchers watchers
COPY seeds seeds
RUN /opt/tocsin/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="Tocsin" \
      org.opencontainers.image.description="A self-hosted news-alert bot" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --system --gid 10001 tocsin \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin tocsin \
    && install -d -o tocsin -g tocsin /data /seeds
COPY --from=build /opt/tocsin /opt/tocsin
COPY --chown=tocsin:tocsin seeds /seeds
ENV PATH=/opt/tocsin/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TOCSIN_DATA_DIR=/data \
    TOCSIN_SEEDS_DIR=/seeds \
    TOCSIN_WEB_HOST=0.0.0.0 \
    TOCSIN_WEB_PORT=8080
WORKDIR /data
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
# Check the event loop only: a failure of the database or of a platform must not restart the container.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['TOCSIN_WEB_PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["tocsin"]
CMD ["run"]
