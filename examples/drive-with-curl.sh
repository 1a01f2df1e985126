#!/usr/bin/env bash
# Creates a task, follows it until it runs (or fails), and kills it: with curl and the tools of any shell.
#
#   examples/drive-with-curl.sh <repository> [<prompt>]
#   SLIPWAY_URL=http://127.0.0.1:3000 examples/drive-with-curl.sh https://github.com/octocat/Hello-World.git 'fix: a typo'
#
# KEEP=1 leaves the task alive at the end.
set -euo pipefail

url=${SLIPWAY_URL:-http://127.0.0.1:3000}
repository=${1:?give the address of a git repository}
prompt=${2:-docs: say hello}

# What stands in quotes behind a name, in one line of JSON; the first of that name.
field() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4 || true; }
# A text in JSON. What is no plain text is refused, so that there is nothing else to escape.
quoted() {
  case $1 in *[[:cntrl:]]*) echo 'no control characters, please' >&2; exit 2 ;; esac
  printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"
}
# The answer; one that is an error ends the script, with what the service says about it.
ask() {
  local answer
  answer=$(curl --silent --show-error --fail-with-body --max-time 30 -H 'Content-Type: application/json' "$@") ||
    { echo "$answer" >&2 && return 1; }
  printf '%s\n' "$answer"
}

# The key makes it safe to send again: when no answer came, the same key is the same task.
key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
task=$(ask --retry 5 --retry-connrefused -H "Idempotency-Key: $key" "$url/v1/tasks" \
  -d "{\"task\":$(quoted "$prompt"),\"repoRemote\":$(quoted "$repository")}")
id=$(field taskId <<<"$task")
echo "created  $id"

# Each page of the history begins behind the last position that was seen, and goes at least as far as the record that was
# read before it: nothing is missed, nothing comes twice.
after=0
while :; do
  record=$(ask "$url/v1/tasks/$id")
  page=$(ask "$url/v1/tasks/$id/history?after=$after&minPosition=$(field position <<<"$record")")
  for event in $(grep -o '"position":"[0-9]*","revision":[0-9]*,"type":"[A-Za-z]*"' <<<"$page" | tr -d ' '); do
    after=$(field position <<<"$event")
    echo "event    $(field type <<<"$event")"
  done
  status=$(field status <<<"$record")
  case $status in running | error | archived | killed) break ;; esac
  sleep 0.2
done
echo "status   $status"

if [ -z "${KEEP:-}" ]; then
  ask -X POST "$url/v1/tasks/$id/kill" -d '{"keepBranch":false}' >/dev/null
  until [ "$(ask "$url/v1/tasks/$id" | field status)" = killed ]; do sleep 0.2; done
  echo 'status   killed'
fi
[ "$status" = running ]
