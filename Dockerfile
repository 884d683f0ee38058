# facewarden as an image: no root, nothing to write but /data, /models and a tmpfs at /tmp.
# deploy/README.md tells how to run it.

ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /source
RUN python -m venv /opt/facewarden
COPY constraints.txt ./
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src ./src
# Compiled here: at run time there is nowhere to write the compiled form.
RUN /opt/facewarden/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --constraint constraints.txt . \
    && /opt/facewarden/bin/python -m compileall -q -j 0 /opt/facewarden

FROM ${BASE}
RUN groupadd --system --gid 10001 facewarden \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /tmp \
        --shell /usr/sbin/nologin facewarden \
    && install -d -m 0700 -o 10001 -g 10001 /data /models \
    && install -d -m 0755 /etc/facewarden /etc/fonts \
    # OpenCV complains of its absence at every start, and draws no text.
    && printf '<?xml version="1.0"?><fontconfig/>\n' > /etc/fonts/fonts.conf
COPY --from=build /opt/facewarden /opt/facewarden
COPY deploy/health.py /opt/facewarden/health.py
COPY deploy/container.yaml /etc/facewarden/facewarden.yaml
ENV PATH=/opt/facewarden/bin:$PATH \
    FACEWARDEN_CONFIG=/etc/facewarden/facewarden.yaml \
    FACEWARDEN_HOME=/data \
    FACEWARDEN_MODELS=/models \
    HOME=/tmp \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/models"]
EXPOSE 8710
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "/opt/facewarden/health.py"]
ENTRYPOINT ["facewarden"]
CMD ["serve"]
