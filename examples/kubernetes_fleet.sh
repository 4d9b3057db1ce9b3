#!/bin/sh
# A Deployment of Kubernetes as a fleet: holdfast autoscale --fleet-program ./kubernetes_fleet.sh
# (docs/other-clouds.md). DEPLOYMENT names it, SELECTOR its pods. Each pod's worker must be known by
# the pod's name: holdfast work --worker "$(POD_NAME)" with POD_NAME from the downward API.
set -eu

deployment=${DEPLOYMENT:?the name of the Deployment}
selector=${SELECTOR:-app=$deployment}
cost=controller.kubernetes.io/pod-deletion-cost

pods() {
  kubectl get pods --selector "$selector" --output jsonpath='{range .items[*]}{.metadata.name}|{.status.phase}|{.metadata.deletionTimestamp}|{.metadata.annotations.controller\.kubernetes\.io/pod-deletion-cost}{"\n"}{end}'
}

case ${1-} in
  get)
    # Both before anything is printed: what kubectl cannot tell is not nothing.
    size=$(kubectl get deployment "$deployment" --output 'jsonpath={.spec.replicas}')
    there=$(pods)
    echo "size=$size"
    echo protect=yes
    printf '%s\n' "$there" | while IFS='|' read -r name phase leaving number; do
      [ -n "$name" ] || continue
      case $phase in Running) state=running ;; *) state=creating ;; esac
      [ -z "$leaving" ] || state=stopping
      echo "instance=$name $state ${number:-0}"
    done
    ;;
  set) kubectl scale deployment "$deployment" --replicas "$2" >&2 ;;
  protect) kubectl annotate pod "$2" --overwrite "$cost=$3" >&2 ;;
  *)
    echo "usage: kubernetes_fleet.sh get | set N | protect POD COST" >&2
    exit 64
    ;;
esac
