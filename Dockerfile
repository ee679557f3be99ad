# The server and the command on Debian 12: `docker build -t detloss .`

FROM debian:bookworm-slim AS build
WORKDIR /src
COPY script/bootstrap script/
RUN script/bootstrap build
COPY . .
RUN cmake --preset release -DDETLOSS_DEVELOPER_MODE=OFF -DCMAKE_INSTALL_PREFIX=/usr/local \
 && cmake --build --preset release --target detlossd detloss \
 && install -D --strip --target-directory=/out/usr/local/bin build/release/bin/detlossd build/release/bin/detloss

FROM debian:bookworm-slim
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends libgrpc++1.51 libprotobuf32 libhwy1 libssl3 \
 && rm -rf /var/lib/apt/lists/* /var/cache/ldconfig/* /var/log/*
COPY --from=build /out /
USER 65532:65532
EXPOSE 50051
# `docker stop` kills after ten seconds. With this address the server wants TLS, tokens or --insecure.
ENV DETLOSS_LISTEN=0.0.0.0:50051 DETLOSS_DRAIN_TIMEOUT=8s
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["detloss", "health", "--timeout", "2"]
# Without a shell between, so that the server gets the signals.
ENTRYPOINT ["detlossd"]
