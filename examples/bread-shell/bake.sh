#!/bin/sh
# bake.sh <who>: bakes for the study "bread" until it has ended
set -eu
me=$1

bake() { # values as JSON in, one number out; yours asks a machine or a person
  node -p 'const { minutes, heat } = JSON.parse(process.argv[1]); (minutes - 40) ** 2 + (heat - 220) ** 2 / 10' "$1"
}

while :; do
  code=0
  row=$(npx mabeam study ask bread --client "$me") || code=$?
  [ "$code" -ne 5 ] || exit 0 # the study has ended
  [ "$code" -eq 0 ] || exit "$code"
  [ -n "$row" ] || { sleep 1 && continue; } # all trials are with others just now
  trial=$(printf '%s' "$row" | cut -f1)     # such as 3/1: trial 3, its first attempt
  values=$(printf '%s' "$row" | cut -f3)    # such as {"minutes":35,"heat":214.2}
  if crumb=$(bake "$values"); then
    npx mabeam study tell bread "$trial" "$crumb"
  else
    npx mabeam study tell bread "$trial" --failed 'the oven broke'
  fi
done
