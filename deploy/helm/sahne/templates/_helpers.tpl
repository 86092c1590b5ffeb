{{- define "sahne.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "sahne.labels" -}}
app.kubernetes.io/name: sahne
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "sahne.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* What all three programs share, of a pod. */}}
{{- define "sahne.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: settings
    configMap: { name: {{ include "sahne.name" . }}{{ .config | default "" }} }
  - name: tmp
    emptyDir: {}
  - name: data
    {{- if .Values.persistence.existingClaim }}
    persistentVolumeClaim: { claimName: {{ .Values.persistence.existingClaim }} }
    {{- else }}
    emptyDir: {}
    {{- end }}
{{- end -}}

{{/* And of its container. */}}
{{- define "sahne.container" -}}
image: {{ include "sahne.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
env:
  - { name: SAHNE_CONFIG, value: /etc/sahne/sahne.toml }
envFrom:
  - secretRef: { name: {{ .Values.existingSecret }} }
volumeMounts:
  - { name: settings, mountPath: /etc/sahne, readOnly: true }
  - { name: data, mountPath: /var/lib/sahne }
  - { name: tmp, mountPath: /tmp }
{{- end -}}
