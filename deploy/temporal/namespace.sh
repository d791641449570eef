#!/bin/sh
# Makes the namespace and mabeam's search attributes, once the server answers. Safe to repeat.
# TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are read by the temporal program itself; RETENTION is how long closed runs are kept.
set -eu

tries=60
until timeout 10 temporal operator cluster health >/dev/null 2>&1; do
  tries=$((tries - 1))
  if [ "$tries" -le 0 ]; then
    echo "temporal does not answer at $TEMPORAL_ADDRESS" >&2
    exit 1
  fi
  sleep 1
done

if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "${RETENTION:-72h}"
fi

# A namespace that was just made is known to every part of the server a few seconds later.
tries=30
until listed=$(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" 2>/dev/null); do
  tries=$((tries - 1))
  if [ "$tries" -le 0 ]; then
    echo "the namespace $TEMPORAL_NAMESPACE cannot be read" >&2
    exit 1
  fi
  sleep 1
done
for name in MabeamSpace MabeamKind MabeamName MabeamStatus MabeamOwner; do
  case $listed in
    *"$name"*) ;;
    *) temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type Keyword ;;
  esac
done
echo "namespace $TEMPORAL_NAMESPACE: ready"
