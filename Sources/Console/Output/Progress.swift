import Synchronization

/// How far long work is, on standard error: a line that is written over on a terminal, else a line now and then.
///
/// Any thread may report. Nothing appears before the work has taken half a second.
public final class Progress: Sendable {
    private struct State {
        var lastShown: ContinuousClock.Instant
        var isOnScreen = false
        var done: Int64 = 0
        var total: Int64?
    }

    private let title: String
    private let unit: String
    private let sink: TextSink
    private let isQuiet: Bool
    private let begin: ContinuousClock.Instant
    private let state: Mutex<State>

    /// Progress of `title`, counted in `unit`.
    public init(_ title: String, unit: String, to sink: TextSink, isQuiet: Bool = false) {
        self.title = title
        self.unit = unit
        self.sink = sink
        self.isQuiet = isQuiet
        let now = ContinuousClock.now
        begin = now
        state = Mutex(State(lastShown: now))
    }

    /// Says how much is done, and of how much when that is known.
    public func report(_ done: Int64, of total: Int64? = nil, note: String = "") {
        guard !isQuiet else { return }
        let now = ContinuousClock.now
        let line: String? = state.withLock { state in
            state.done = done
            state.total = total
            let pause: Duration = sink.isTerminal ? .milliseconds(200) : .seconds(5)
            guard now - state.lastShown >= pause, now - begin >= .milliseconds(500) else { return nil }
            state.lastShown = now
            state.isOnScreen = true
            return render(state, at: now) + (note.isEmpty ? "" : ", \(note)")
        }
        if let line { show(line) }
    }

    /// Ends the progress: clears its line on a terminal and returns how long it took.
    @discardableResult
    public func finish() -> Duration {
        let wasOnScreen = state.withLock { state in
            defer { state.isOnScreen = false }
            return state.isOnScreen
        }
        if wasOnScreen, sink.isTerminal {
            try? sink.write("\r\u{1b}[K")
            try? sink.flush()
        }
        return ContinuousClock.now - begin
    }

    private func render(_ state: State, at now: ContinuousClock.Instant) -> String {
        let seconds = Double((now - begin) / .milliseconds(1)) / 1000
        let rate = seconds > 0 ? Int64(Double(state.done) / seconds) : 0
        var line = "\(title): \(state.done)"
        if let total = state.total, total > 0 {
            line += " of \(total) \(unit) (\(state.done * 100 / total) %)"
        } else {
            line += " \(unit)"
        }
        return line + ", \(rate)/s"
    }

    private func show(_ line: String) {
        if sink.isTerminal {
            try? sink.write("\r\u{1b}[K" + line)
            try? sink.flush()
        } else {
            sink.printLine(line)
        }
    }
}
