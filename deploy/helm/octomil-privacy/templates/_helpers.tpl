{{- define "octomil.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 30 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if or (contains $name .Release.Name) (hasPrefix .Release.Name $name) -}}
{{- .Release.Name | trunc 30 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 30 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels that never change: what selectors are made of. Takes root, component and region. */}}
{{- define "octomil.selectorLabels" -}}
app.kubernetes.io/name: octomil-privacy
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- with .region }}
octomil.com/region: {{ . }}
{{- end }}
{{- end -}}

{{- define "octomil.commonLabels" -}}
app.kubernetes.io/part-of: octomil-privacy
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "octomil.labels" -}}
{{ include "octomil.selectorLabels" . }}
{{ include "octomil.commonLabels" .root }}
{{- end -}}

{{/*
What runs: the budget service once, relay and aggregator once for each region. A list of units with everything that the
templates of the objects need, so that those only have to walk over it.
*/}}
{{- define "octomil.units" -}}
{{- $root := . -}}
{{- $fullname := include "octomil.fullname" . -}}
{{- $units := list (dict
      "component" "budget"
      "service" "budget-service"
      "name" (printf "%s-budget" $fullname)
      "namespace" .Release.Namespace
      "region" ""
      "nodeRegions" .Values.budget.nodeRegions
      "database" .Values.database
      "settings" .Values.budget
      "grpcPort" 9000
      "managementPort" 9080
      "clientAuth" "REQUIRED"
      "peers" (list)
      "ingress" .Values.budget.ingress) -}}
{{- $regions := .Values.regions -}}
{{- if not $regions -}}
{{- $regions = list (dict "name" "" "nodeRegions" (list)) -}}
{{- end -}}
{{- $names := list -}}
{{- range $region := $regions -}}
{{- if has $region.name $names -}}
{{- fail (printf "regions: '%s' occurs twice" $region.name) -}}
{{- end -}}
{{- $names = append $names $region.name -}}
{{- $namespace := default $root.Release.Namespace $region.namespace -}}
{{- $suffix := ternary (printf "-%s" $region.name) "" (ne $region.name "") -}}
{{- $database := mergeOverwrite (deepCopy $root.Values.database) (deepCopy (default dict $region.database)) -}}
{{- if and $region.database $region.database.host (ne $region.database.host $root.Values.database.host) (not $region.database.peers) -}}
{{- $_ := set $database "peers" (list) -}}
{{- end -}}
{{- $relay := mergeOverwrite (deepCopy $root.Values.relay) (deepCopy (default dict $region.relay)) -}}
{{- $aggregator := mergeOverwrite (deepCopy $root.Values.aggregator) (deepCopy (default dict $region.aggregator)) -}}
{{- if $region.name -}}
{{- $_ := set $relay "ingress" (mergeOverwrite (dict "host" "" "grpcHost" "") (default dict (default dict $region.relay).ingress)) -}}
{{- $_ := set $aggregator "ingress" (mergeOverwrite (dict "host" "" "grpcHost" "") (default dict (default dict $region.aggregator).ingress)) -}}
{{- end -}}
{{- $units = append $units (dict
      "component" "relay"
      "service" "secagg-relay-service"
      "name" (printf "%s-relay%s" $fullname $suffix)
      "namespace" $namespace
      "region" $region.name
      "nodeRegions" $region.nodeRegions
      "database" $database
      "settings" $relay
      "grpcPort" 9001
      "managementPort" 9081
      "clientAuth" "REQUEST"
      "peers" (list "budget")
      "ingress" $relay.ingress) -}}
{{- $units = append $units (dict
      "component" "aggregator"
      "service" "aggregator-service"
      "name" (printf "%s-aggregator%s" $fullname $suffix)
      "namespace" $namespace
      "region" $region.name
      "nodeRegions" $region.nodeRegions
      "database" $database
      "settings" $aggregator
      "grpcPort" 9002
      "managementPort" 9082
      "clientAuth" "NONE"
      "peers" (list "budget" "relay")
      "ingress" $aggregator.ingress) -}}
{{- end -}}
{{- toYaml (dict "units" $units) -}}
{{- end -}}

{{/* The namespaces of the release, each once. */}}
{{- define "octomil.namespaces" -}}
{{- $namespaces := list .Release.Namespace -}}
{{- range .Values.regions -}}
{{- $namespaces = append $namespaces (default $.Release.Namespace .namespace) -}}
{{- end -}}
{{- toYaml (dict "namespaces" (uniq $namespaces)) -}}
{{- end -}}

{{/* Host and port of a peer of a unit. Takes root, unit and peer. */}}
{{- define "octomil.peerHost" -}}
{{- $fullname := include "octomil.fullname" .root -}}
{{- if eq .peer "budget" -}}
{{- printf "%s-budget-grpc.%s.svc" $fullname .root.Release.Namespace -}}
{{- else -}}
{{- printf "%s-%s%s-grpc.%s.svc" $fullname .peer (ternary (printf "-%s" .unit.region) "" (ne .unit.region "")) .unit.namespace -}}
{{- end -}}
{{- end -}}

{{- define "octomil.peerPort" -}}
{{- get (dict "budget" "9000" "relay" "9001") . -}}
{{- end -}}

{{- define "octomil.image" -}}
{{- $image := .root.Values.image -}}
{{- $path := printf "%s/%s" $image.repository .service -}}
{{- if $image.registry -}}
{{- $path = printf "%s/%s" $image.registry $path -}}
{{- end -}}
{{- $digest := index $image.digests .service -}}
{{- if $digest -}}
{{- printf "%s@%s" $path $digest -}}
{{- else -}}
{{- printf "%s:%s%s" $path (default .root.Chart.AppVersion $image.tag) (ternary "-native" "" (eq $image.runtime "native")) -}}
{{- end -}}
{{- end -}}

{{/* What a unit needs from its operator; fails with the name of the value that is missing. */}}
{{- define "octomil.validate" -}}
{{- $where := ternary "database" (printf "regions[%s].database" .unit.region) (eq .unit.region "") -}}
{{- if not .unit.database.host -}}
{{- fail (printf "%s.host is empty: say where the PostgreSQL server of the %s service is" $where .unit.component) -}}
{{- end -}}
{{- if and .root.Values.networkPolicy.enabled (not .unit.database.peers) -}}
{{- fail (printf "%s.peers is empty: network policies are on, so say which addresses or pods the database server has, for example [{ipBlock: {cidr: 10.0.8.0/24}}]" $where) -}}
{{- end -}}
{{- if and (eq .unit.database.tls.mode "verify-full") (not .unit.database.tls.caSecret) -}}
{{- fail (printf "%s.tls.caSecret is empty: verify-full needs the authority that signed the certificate of the server" $where) -}}
{{- end -}}
{{- with index .unit.settings.env "OCTOMIL_AGGREGATOR_PHASE_TIMEOUT" -}}
{{- if not (regexMatch "^[0-9]+s$" .) -}}
{{- fail (printf "%s.env.OCTOMIL_AGGREGATOR_PHASE_TIMEOUT is %s; write it in seconds, for example 60s" $.unit.component .) -}}
{{- end -}}
{{- if lt (int $.unit.settings.terminationGracePeriodSeconds) (add 20 (atoi (trimSuffix "s" .))) -}}
{{- fail (printf "%s.terminationGracePeriodSeconds is %v; it must be at least 20 more than OCTOMIL_AGGREGATOR_PHASE_TIMEOUT, %s, or a replica is killed in the middle of a phase" $.unit.component $.unit.settings.terminationGracePeriodSeconds .) -}}
{{- end -}}
{{- end -}}
{{- with .unit.settings.autoscaling -}}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) -}}
{{- fail (printf "%s.autoscaling.minReplicas is %v, more than maxReplicas %v" $.unit.component .minReplicas .maxReplicas) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Settings of the database connection, as environment variables. */}}
{{- define "octomil.databaseSettings" -}}
OCTOMIL_DATABASE_HOST: {{ .host | quote }}
OCTOMIL_DATABASE_PORT: {{ .port | quote }}
OCTOMIL_DATABASE_NAME: {{ .name | quote }}
OCTOMIL_DATABASE_USERNAME: {{ .username | quote }}
QUARKUS_DATASOURCE_REACTIVE_POSTGRESQL_SSL_MODE: {{ .tls.mode | quote }}
QUARKUS_DATASOURCE_JDBC_ADDITIONAL_JDBC_PROPERTIES_SSLMODE: {{ .tls.mode | quote }}
{{- if eq .tls.mode "verify-full" }}
QUARKUS_DATASOURCE_REACTIVE_HOSTNAME_VERIFICATION_ALGORITHM: HTTPS
QUARKUS_DATASOURCE_REACTIVE_TRUST_CERTIFICATE_PEM: "true"
QUARKUS_DATASOURCE_REACTIVE_TRUST_CERTIFICATE_PEM_CERTS: /etc/octomil/database/ca.crt
QUARKUS_DATASOURCE_JDBC_ADDITIONAL_JDBC_PROPERTIES_SSLROOTCERT: /etc/octomil/database/ca.crt
{{- else if eq .tls.mode "require" }}
QUARKUS_DATASOURCE_REACTIVE_TRUST_ALL: "true"
{{- end }}
{{- end -}}

{{/* All settings of a unit, as environment variables. Takes root and unit. */}}
{{- define "octomil.settings" -}}
{{- $unit := .unit -}}
QUARKUS_HTTP_HOST: 0.0.0.0
QUARKUS_HTTP_SSL_PORT: "8443"
QUARKUS_HTTP_INSECURE_REQUESTS: disabled
QUARKUS_HTTP_TLS_CONFIGURATION_NAME: rest
QUARKUS_TLS__REST__KEY_STORE_PEM__0__CERT: /etc/octomil/tls/tls.crt
QUARKUS_TLS__REST__KEY_STORE_PEM__0__KEY: /etc/octomil/tls/tls.key
QUARKUS_TLS__REST__RELOAD_PERIOD: {{ .root.Values.tls.reloadPeriod | quote }}
QUARKUS_GRPC_SERVER_HOST: 0.0.0.0
QUARKUS_GRPC_SERVER_PORT: {{ $unit.grpcPort | quote }}
QUARKUS_GRPC_SERVER_PLAIN_TEXT: "false"
QUARKUS_GRPC_SERVER_SSL_CLIENT_AUTH: {{ $unit.clientAuth }}
OCTOMIL_TLS_CERTIFICATE_FILE: /etc/octomil/tls/tls.crt
OCTOMIL_TLS_KEY_FILE: /etc/octomil/tls/tls.key
OCTOMIL_TLS_CA_FILE: /etc/octomil/tls/ca.crt
OCTOMIL_TLS_RELOAD_PERIOD: {{ .root.Values.tls.reloadPeriod | quote }}
QUARKUS_MANAGEMENT_HOST: 0.0.0.0
QUARKUS_MANAGEMENT_PORT: {{ $unit.managementPort | quote }}
{{- range $peer := $unit.peers }}
{{- $prefix := printf "QUARKUS_GRPC_CLIENTS_%s" (upper $peer) }}
{{ $prefix }}_HOST: {{ include "octomil.peerHost" (dict "root" $.root "unit" $unit "peer" $peer) }}
{{ $prefix }}_PORT: {{ include "octomil.peerPort" $peer | quote }}
{{ $prefix }}_LOAD_BALANCING_POLICY: round_robin
{{- end }}
{{ include "octomil.databaseSettings" $unit.database }}
QUARKUS_FLYWAY_MIGRATE_AT_START: {{ not .root.Values.migration.job | quote }}
QUARKUS_FLYWAY_VALIDATE_AT_START: {{ .root.Values.migration.job | quote }}
OCTOMIL_SERVICE_TOKEN_FILE: /etc/octomil/service-token/token
{{- if eq $unit.component "budget" }}
OCTOMIL_BUDGET_BOOTSTRAP_KEY_FILE: /etc/octomil/bootstrap-key/key
OCTOMIL_BUDGET_AUDIT_SIGNING_KEY_FILE: /etc/octomil/audit-signing-key/key.pem
{{- end }}
QUARKUS_SHUTDOWN_TIMEOUT: {{ printf "%ds" (sub (int $unit.settings.terminationGracePeriodSeconds) 15) }}
{{- with $unit.region }}
OCTOMIL_REGION: {{ . }}
QUARKUS_LOG_CONSOLE_FORMAT: "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5p region=${octomil.region} [%c{3.}] (%t) %s%e%n"
{{- end }}
{{- range $name, $value := mergeOverwrite (include "octomil.dashboardSettings" . | fromYaml) $unit.settings.env }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* Where the dashboard finds the other services, and that these let its page call; as far as there are hosts. */}}
{{- define "octomil.dashboardSettings" -}}
{{- $own := .unit.ingress.host -}}
{{- if eq .unit.component "budget" -}}
{{- $units := (include "octomil.units" .root | fromYaml).units -}}
{{- range $component := list "aggregator" "relay" }}
{{- $addresses := list }}
{{- range $units }}
{{- if and (eq .component $component) .ingress.host }}
{{- $addresses = append $addresses (printf "https://%s" .ingress.host) }}
{{- end }}
{{- end }}
{{- if and $own $addresses }}
OCTOMIL_BUDGET_DASHBOARD_{{ upper $component }}_URLS: {{ join "," $addresses }}
{{- end }}
{{- end }}
{{- else if and $own .root.Values.budget.ingress.host -}}
QUARKUS_HTTP_CORS_ENABLED: "true"
QUARKUS_HTTP_CORS_ORIGINS: https://{{ .root.Values.budget.ingress.host }}
{{- end -}}
{{- end -}}

{{- define "octomil.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "octomil.containerSecurityContext" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Required on the nodes' region, if there is one; a soft wish for different nodes. Takes root and unit. */}}
{{- define "octomil.affinity" -}}
{{- if .unit.nodeRegions }}
nodeAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    nodeSelectorTerms:
      - matchExpressions:
          - key: topology.kubernetes.io/region
            operator: In
            values:
              {{- toYaml .unit.nodeRegions | nindent 14 }}
{{- end }}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "octomil.selectorLabels" (dict "root" .root "component" .unit.component "region" .unit.region) | nindent 12 }}
{{- end -}}

{{/* Certificates are made for all names under which a unit can be reached. */}}
{{- define "octomil.dnsNames" -}}
{{- $unit := .unit -}}
{{- range $service := list $unit.name (printf "%s-grpc" $unit.name) }}
- {{ $service }}
- {{ $service }}.{{ $unit.namespace }}
- {{ $service }}.{{ $unit.namespace }}.svc
- {{ $service }}.{{ $unit.namespace }}.svc.cluster.local
{{- end }}
{{- with $unit.ingress.host }}
- {{ . }}
{{- end }}
{{- with $unit.ingress.grpcHost }}
- {{ . }}
{{- end }}
{{- end -}}

{{/* The pods of a component as a peer of a NetworkPolicy. Takes root, namespace (of the policy), to (unit). */}}
{{- define "octomil.podPeer" -}}
{{- if ne .namespace .to.namespace }}
namespaceSelector:
  matchLabels:
    kubernetes.io/metadata.name: {{ .to.namespace }}
{{- end }}
podSelector:
  matchLabels:
    {{- include "octomil.selectorLabels" (dict "root" .root "component" .to.component "region" .to.region) | nindent 4 }}
{{- end -}}
