package import Console
package import StreamCore

/// Which dead letters a command is about.
struct DeadLetterFilter {
    static let step = Parameter.option("step", ValueFormat<String>.text, help: "those that failed at this step")
    static let stage = Parameter.option(
        "stage", ValueFormat<String>.text, help: "those that failed so: decode, process, encode, produce, ask, …")
    static let reason = Parameter.option(
        "reason", ValueFormat<String>.text.named("WORDS"), help: "those whose error says this")
    static let since = Parameter.option(
        "since", TimeFormat.past, help: "those whose records are not older: 15m, or such as 2026-01-31T12:00:00Z")
    static let until = Parameter.option("until", TimeFormat.past, help: "those whose records are older")

    static let options: [any AnyParameter] = [step, stage, reason, since, until]

    private let step: String?
    private let stage: String?
    private let reason: String?
    private let since: Timestamp
    private let until: Timestamp
    private let application: String?

    init(_ invocation: Invocation, application: String?) throws {
        step = try invocation[Self.step]
        stage = try invocation[Self.stage]
        reason = try invocation[Self.reason]?.lowercased()
        since = try invocation[Self.since] ?? Timestamp(milliseconds: .min)
        until = try invocation[Self.until] ?? Timestamp(milliseconds: .max)
        self.application = application
    }

    /// Whether `letter` is one of them.
    func admits(_ letter: DeadLetter) -> Bool {
        // Several applications may share a topic; a letter that names none is nobody else's.
        if let application, let own = letter.application, own != application { return false }
        if let step, letter.step != step { return false }
        if let stage, letter.stage != stage { return false }
        if let reason, letter.message?.lowercased().contains(reason) != true { return false }
        return letter.record.timestamp >= since && letter.record.timestamp < until
    }
}

/// How times are written.
package enum TimeFormat {
    /// A moment: how long ago (`15m`), ms since 1970, or RFC 3339.
    package static var past: ValueFormat<Timestamp> {
        ValueFormat<Timestamp>("TIME") { text throws(ValueProblem) in
            if let moment = Timestamp(written: text) { return moment }
            guard let ago = Duration(written: text) else {
                throw ValueProblem(
                    "must be a time: 15m for a quarter of an hour ago, or such as 2026-01-31T12:00:00Z, not '\(text)'")
            }
            return SystemWallClock().now() + .milliseconds(-ago.milliseconds)
        }
    }
}
