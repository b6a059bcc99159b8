extension MetricNames {
    /// The totals of ``Counters``, by name.
    public static let totals: [String: Total] = streams.merging(requests) { first, _ in first }
        .merging(agents) { first, _ in first }

    private static let streams: [String: Total] = [
        "records_processed": Total("records_processed", step: nil, "Input records that were processed and committed."),
        "records_dropped": Total(
            "records_dropped", reason: "reason", "Records that went no further at a step, by the reason."),
        "records_deleted_unread": Total(
            "records_deleted_unread", step: "topic", "Input records that the log deleted before they were read."),
        "dead_letters": Total(
            "dead_letters", reason: "stage", "Records given up and written to the dead-letter topic."),
        "read_outages": Total("read_outages", step: "topic", "Reads of an input that failed in a way that may pass."),
        "spans_dropped": Total("spans_dropped", step: nil, reason: "reason", "Spans that were not exported."),
        "spans_exported": Total("spans_exported", step: nil, "Spans that a collector took."),
    ]

    private static let requests: [String: Total] = [
        "asks_received": Total("asks_received", "Requests that were journalled."),
        "asks_called": Total("asks_called", "Calls that were begun for requests."),
        "asks_concluded": Total("asks_concluded", reason: "outcome", "Requests that ended, by how."),
        "asks_dropped": Total("asks_dropped", reason: "reason", "Answers that no open request waited for."),
        "asks_parked": Total("asks_parked", "Runs that gave their slot back because they only waited."),
        "asks_repeated": Total("asks_repeated", reason: "reason", "Requests that came again under a known id."),
        "asks_resumed": Total("asks_resumed", "Open requests that were found in the journal at a take-over."),
        "asks_retried": Total("asks_retried", "Calls that failed and were tried again."),
        "asks_sent_again": Total("asks_sent_again", "Requests to a topic that were sent once more."),
        "asks_suspended": Total("asks_suspended", "Runs that were ended because they had only waited for long."),
        "ask_parts": Total("ask_parts", "Parts of replies that were taken."),
        "parts_written": Total("parts_written", "Parts of replies that were sent."),
        "parts_dropped": Total("parts_dropped", "Parts of replies that a run sent after it was over."),
        "steps_dropped": Total("steps_dropped", reason: "reason", "Steps of runs that were over."),
        "replies_written": Total("replies_written", reason: "outcome", "Replies that were sent."),
        "replies_passed_over": Total("replies_passed_over", reason: "reason", "Replies that were for somebody else."),
        "requests_cancelled": Total("requests_cancelled", "Requests that whoever asked took back."),
        "requests_expired": Total("requests_expired", "Requests that came after their deadline."),
        "requests_passed_over": Total("requests_passed_over", reason: "reason", "Records that were no request for us."),
        "requests_repeated": Total("requests_repeated", reason: "reason", "Requests that came again under their id."),
        "messages_refused": Total("messages_refused", reason: "reason", "Messages that their topic did not take."),
    ]

    private static let agents: [String: Total] = [
        "agent_messages": Total(
            "agent_messages", step: "agent_type", reason: "kind", "Messages that agents took, by what they were."),
        "agent_failures": Total("agent_failures", reason: "code", "Messages that agents failed at, by the code."),
        "agent_types_claimed_elsewhere": Total(
            "agent_types_claimed_elsewhere", reason: "owner", "Agent types that another application hosts already."),
        "approvals_requested": Total("approvals_requested", "Questions to people."),
        "approvals_ended": Total("approvals_ended", reason: "status", "Questions to people that ended, by how."),
        "decisions_taken": Total("decisions_taken", "Decisions of people that counted."),
        "decisions_dropped": Total("decisions_dropped", reason: "reason", "Decisions that did not count."),
        "budget_exhausted": Total("budget_exhausted", reason: "budget", "Calls that a budget did not allow."),
        "model_calls": Total("model_calls", "Calls of models."),
        "model_degraded": Total("model_degraded", "Calls that went to a lesser model."),
        "model_failures": Total("model_failures", reason: "code", "Calls of models that failed, by the code."),
        "model_retries": Total("model_retries", "Calls of models that were tried again."),
        "model_tokens": Total("model_tokens", reason: "direction", "Tokens that models were told and said."),
        "model_waits": Total("model_waits", reason: "limit", "Calls of models that had to wait, by for what."),
        "memory_added": Total("memory_added", "Items that memories took."),
        "memory_cleared": Total("memory_cleared", "Sessions of memories that were cleared."),
        "memory_duplicates": Total("memory_duplicates", "Items that a memory had already."),
        "memory_expired": Total("memory_expired", reason: "reason", "Items that memories forgot."),
        "memory_removed": Total("memory_removed", reason: "reason", "Items that were removed from memories."),
        "memory_unembedded": Total("memory_unembedded", "Items that no vector could be made for."),
    ]
}
