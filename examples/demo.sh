#!/usr/bin/env bash
# `make demo`: a question that needs a contract, a scan and a table of the sample folder; then the check of every
# citation. The second time nothing is read again.
set -euo pipefail
cd "$(dirname "$0")/.."
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-2}"
question=$(<examples/demo_question.txt)
out=leadline-report/demo
began=$SECONDS

echo "\$ leadline research \"$question\" sample --out $out"
echo
.venv/bin/leadline research "$question" sample --out "$out"
echo
echo "\$ leadline verify $out/report.json"
.venv/bin/leadline verify "$out/report.json"
echo
echo "Done in $((SECONDS - began)) s. Open $PWD/$out/report.html in a browser. It begins:"
echo
head -n 8 "$out/report.md"
