# One binary in a small image. Everything it links, libpq, OpenSSL and SQLite, is compiled in.

# The rust image ships what the build asks for besides Rust: a C compiler, make and perl.
FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin dai-ly-thu \
    && install -D target/release/dai-ly-thu /out/dai-ly-thu

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin dai-ly-thu \
    && install -d -o dai-ly-thu -g dai-ly-thu -m 0700 /data
COPY --from=build /out/dai-ly-thu /usr/local/bin/dai-ly-thu

# The database of the default URL and the key that signs tokens: keep both, and keep them together.
VOLUME /data
WORKDIR /data
USER dai-ly-thu
ENV LISTEN=0.0.0.0:8080 \
    DATABASE_URL=sqlite:/data/dai-ly-thu.db \
    SIGNING_KEY_FILE=/data/signing-key.pem
EXPOSE 8080

# Ready means: the database answers and its schema is this version's. The image has no curl; bash can
# speak to a port by itself, though not TLS: with TLS_CERT set, give the container a check of your own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${LISTEN##*:} && printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]

ENTRYPOINT ["dai-ly-thu"]
CMD ["serve"]
