# Build:  docker build -t proactive-care .
# Make:   docker run --rm -v care-data:/data proactive-care db init
# Run:    docker run --init --stop-timeout 40 -p 8080:8080 -v care-data:/data -v ./jobs:/jobs:ro proactive-care
# Ask:    docker exec CONTAINER proactive-care jobs list

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
ENV DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 CI=true
# What decides the packages comes first: until it changes, restoring is a cached layer.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY src/ProactiveCare/ProactiveCare.csproj src/ProactiveCare/packages.lock.json src/ProactiveCare/
COPY src/ProactiveCare.Demo/ProactiveCare.Demo.csproj src/ProactiveCare.Demo/packages.lock.json src/ProactiveCare.Demo/
COPY src/ProactiveCare.Worker/ProactiveCare.Worker.csproj src/ProactiveCare.Worker/packages.lock.json src/ProactiveCare.Worker/
RUN dotnet restore src/ProactiveCare.Worker --locked-mode
COPY .editorconfig BannedSymbols.txt ./
COPY src/ src/
RUN dotnet publish src/ProactiveCare.Worker --configuration Release --no-restore --output /program

# This image carries ICU and the time zones, which locales and schedules need; the -chiseled and -alpine ones do not.
FROM mcr.microsoft.com/dotnet/aspnet:10.0
LABEL org.opencontainers.image.title="ProactiveCare" \
      org.opencontainers.image.description="Finds trouble before customers complain, makes it right, tells them, and shows the books."
WORKDIR /program
COPY --from=build /program ./
# A new named volume takes over the owner and the content of the folder in the image.
RUN install --directory --owner=$APP_UID --group=$APP_UID --mode=0750 /data /refunds \
 && test -e /usr/share/zoneinfo/Europe/Berlin
COPY jobs/ /jobs/
COPY jobs/ ./jobs/
ENV PATH=/program:$PATH \
    ProactiveCare__Data=/data \
    ProactiveCare__Jobs=/jobs \
    ProactiveCare__Jobs__Shipped=/program/jobs \
    ProactiveCare__Http__Urls=http://0.0.0.0:8080 \
    DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=false \
    DOTNET_EnableDiagnostics=0
USER $APP_UID
VOLUME ["/data", "/jobs"]
EXPOSE 8080
# On this signal the worker takes no new work and finishes what it holds, a mail whose text is sent for 20 seconds, everything for
# 30. So give it longer than the usual 10: --stop-timeout 40, or stop_grace_period / terminationGracePeriodSeconds elsewhere.
STOPSIGNAL SIGTERM
# Asks /health/live of the worker beside it; exit code 0 or 1.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["proactive-care", "health"]
ENTRYPOINT ["proactive-care"]
CMD ["run"]
