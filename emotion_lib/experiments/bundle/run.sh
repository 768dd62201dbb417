#!/usr/bin/env bash
# Install a bundle's wheels beside a machine's own packages, and run the series of notebooks within a time budget.
set -uo pipefail

usage() {
  cat <<'END'
bash run.sh [options] [-- options of emotion series]

  --minutes N      for everything, installation included (default: 11)
  --out FOLDER     results: at most eight files of at most 16 MB each (default: $OUT, or ./results)
  --work FOLDER    packages, caches and runs; a second call continues there (default: ~/.cache/emotion-lab/gpu)
  --jobs N         notebooks at a time (default: as many as the memory holds)
  --except NAME    leave a notebook out; may be repeated. Notebooks whose packages or weights are
                   missing on this machine are left out too
  --smoke          every notebook small, on drawn faces
  --python FILE    Python 3.12 with JAX (default: python3)

Whatever happens, the results are written: every minute, and at the end.
END
}

fail() { echo "$*" >&2; exit 2; }

minutes=11
out=${OUT:-$PWD/results}
work=${XDG_CACHE_HOME:-$HOME/.cache}/emotion-lab/gpu
python=python3
options=()
collecting=30  # seconds kept for stopping the series and writing the results
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --smoke) options+=("$1" --except 99); shift ;;  # 99 compares recorded runs, and a bundle brings none
    --) shift; options+=("$@"); break ;;
    --minutes | --out | --work | --jobs | --except | --python)
      [ $# -gt 1 ] || fail "Expected a value after $1. Received: none."
      case $1 in
        --minutes) minutes=$2 ;;
        --out) out=$2 ;;
        --work) work=$2 ;;
        --python) python=$2 ;;
        *) options+=("$1" "$2") ;;
      esac
      shift 2 ;;
    *) usage >&2; fail "Expected one of these options. Received: $1" ;;
  esac
done
[[ $minutes =~ ^[1-9][0-9]*$ ]] || fail "Expected a whole number of minutes. Received: $minutes."

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$work/logs" "$out" || exit 2
work=$(cd "$work" && pwd)
out=$(cd "$out" && pwd)
exec > >(tee -a "$work/logs/run.log") 2>&1
logging=$!
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' ||
  fail "Expected Python 3.12, which the wheels are made for. Received: $("$python" --version 2>&1). Name it by --python."

# ---- packages beside the machine's own; those of an earlier call with the same bundle are kept
if ! cmp -s "$here/bundle.json" "$work/packages/bundle.json"; then
  rm -rf "$work/packages"
  "$python" -m pip install --disable-pip-version-check --quiet --no-index --no-deps --no-warn-script-location \
    --target "$work/packages" "$here"/wheels/*.whl || fail "Expected pip to install the wheels. Received: the error above."
  cp "$here/bundle.json" "$work/packages/bundle.json"
fi
echo "installed after $SECONDS s"

export PYTHONPATH=$here/tree:$work/packages${PYTHONPATH:+:$PYTHONPATH}
export KERAS_BACKEND=jax
export DATA_DIR=$work/data ARTIFACTS_DIR=$work/artifacts
export FER2013_PATH=$here/data/fer2013.tar.xz FERPLUS_PATH=$here/data/fer2013new.csv.xz
export TQDM_MININTERVAL=20 # a log gets a line of progress now and then
export IPYTHONDIR=$work/ipython MPLCONFIGDIR=$work/matplotlib
# The notebooks' kernel is this Python with these packages, whatever kernels the machine has.
said=$("$python" -m ipykernel install --prefix "$work/jupyter" --name python3 2>&1) ||
  fail "Expected ipykernel to install the notebooks' kernel. Received: $said"
export JUPYTER_PATH=$work/jupyter/share/jupyter

"$python" -m emotion_lib.cli gpu-bundle check || exit 2

# ---- results are collected every minute: the machine may be taken away
collect() { "$python" -m emotion_lib.cli gpu-bundle results "$ARTIFACTS_DIR" "$out" --logs "$work/logs"; }
collect >/dev/null || exit 2
series=
finish() {
  status=$?
  trap - EXIT
  trap '' INT TERM HUP
  if [ -n "$series" ] && kill "$series" 2>/dev/null; then
    wait "$series"
  fi
  collect
  echo "results in $out after $SECONDS s"
  exec >&- 2>&-
  for _ in {1..20}; do # until the last lines are through; a kernel left behind may hold them open
    kill -0 "$logging" 2>/dev/null || break
    sleep 0.1
  done
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

left=$((minutes * 60 - SECONDS - collecting))
[ "$left" -gt 0 ] || fail "Expected time for the series within $minutes minutes. Received: $SECONDS s for the installation."
# The series ends by itself within its budget; the second limit is for one that hangs.
timeout --kill-after=10 "$((left + collecting / 2))" \
  "$python" -m emotion_lib.cli series --budget "$((left / 60)).$((left % 60 * 10 / 60))" "${options[@]}" &
series=$!
while kill -0 "$series" 2>/dev/null; do
  collect >/dev/null
  for _ in {1..60}; do
    kill -0 "$series" 2>/dev/null || break
    sleep 1
  done
done
wait "$series"
