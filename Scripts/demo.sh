#!/bin/sh
# Runs the example over the reviews that ship with it: `make demo` builds, then calls this. DEMO_DIR names the folder.
set -eu
cd "$(dirname "$0")/.."

# A short name for the commands below; SwiftPM keeps it pointing at what it built last.
build=.build/release
tributary="$build/tributary"
pipeline="$build/SentimentPipeline"
reviews=Examples/SentimentPipeline/Reviews/reviews.jsonl
data=${DEMO_DIR:-$(mktemp -d "${TMPDIR:-/tmp}/tributary-demo-XXXXXX")}

say() { printf '\n%s\n' "$1"; }
# stdout of the tool is data, stderr is for people: both are shown.
say "Data folder: $data"

say "1. A topic for reviews, and the reviews into it"
"$tributary" topics describe reviews --data-dir "$data" >/dev/null 2>&1 ||
    "$tributary" topics create reviews --partitions 4 --data-dir "$data"
"$tributary" topics produce reviews --data-dir "$data" --file "$reviews" --key-field product --timestamp-field at

say "2. The pipeline: reviews -> ask a sentiment agent -> totals per product and minute"
"$pipeline" run --data-dir "$data" --until-idle

say "3. Totals per product, out of the state store"
"$tributary" stores scan sentiment/totals-per-product --data-dir "$data" --output jsonl | awk '
    function number(name) {
        return match($0, "\"" name "\":[0-9]+") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : 0
    }
    {
        match($0, /"key":\{"key":"([^"\\]|\\.)*"/)
        product = substr($0, RSTART + 14, RLENGTH - 15)
        windows[product]++
        count[product] += number("count")
        positive[product] += number("positive")
        negative[product] += number("negative")
        neutral[product] += number("neutral")
    }
    END {
        sorter = "sort"
        printf "%-24s %8s %8s %9s %9s %8s\n", "PRODUCT", "MINUTES", "REVIEWS", "POSITIVE", "NEGATIVE", "NEUTRAL"
        for (product in count)
            printf "%-24s %8d %8d %9d %9d %8d\n", product, windows[product], count[product], positive[product], \
                negative[product], neutral[product] | sorter
        close(sorter)
    }'

say "4. Dead letters: what could not be used, and why"
if "$tributary" topics describe sentiment-dead-letters --data-dir "$data" >/dev/null 2>&1; then
    "$tributary" topics consume sentiment-dead-letters --data-dir "$data" --from beginning --exit-at-end \
        --output jsonl | awk '
        {
            reason = match($0, /"tributary\.error\.message":"([^"\\]|\\.)*"/) ? substr($0, RSTART + 27, RLENGTH - 28) : "?"
            reasons[reason]++
            total++
        }
        END {
            printf "%d dead letters\n", total
            for (reason in reasons) printf "%6d  %s\n", reasons[reason], reason
        }'
else
    echo "none"
fi

say "Look further (in $(pwd)):"
cat <<COMMANDS
  $tributary topics list --data-dir $data
  $tributary topics consume sentiment-totals --data-dir $data --from beginning --exit-at-end --output jsonl
  $tributary topics consume sentiment-dead-letters --data-dir $data --from beginning --exit-at-end
  $tributary stores list --data-dir $data
  $tributary stores scan sentiment/totals-per-product --data-dir $data
  $tributary topology graph sentiment --data-dir $data --format mermaid
  $pipeline run --data-dir $data        # runs on; produce more reviews from another terminal
COMMANDS
