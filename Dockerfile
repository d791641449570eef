# One image for every role of mabeam; the compose file (or a pod) says which role a container plays.
#
#   runtime      the platform: facade, store, workers for your own definitions (mount or COPY them, set MABEAM_DEFINITIONS)
#   mail-filter  the same with the example and its data set, as docker-compose.yml runs it

FROM node:20-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# Install scripts stay off: nothing that the image runs needs one.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY workflows workflows
COPY activities activities
COPY workers workers
COPY tools tools
RUN npm run build

FROM node:20-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

FROM node:20-bookworm-slim AS runtime
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json tsconfig.json ./
COPY src/store/migrations src/store/migrations
COPY deploy/containers deploy/containers
# The official image's user `node`; files stay root's, so that a process cannot change what it runs.
USER 1000:1000
CMD ["node", "dist/src/cli/main.js", "--help"]

FROM runtime AS mail-filter
COPY --from=build /build/node_modules/@stdlib node_modules/@stdlib
COPY examples examples
