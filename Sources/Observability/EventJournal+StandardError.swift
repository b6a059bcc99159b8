import Foundation
public import StreamCore

extension EventJournal {
    /// A journal on standard error: `time level message name=value …`, a line an event.
    ///
    /// - Parameters:
    ///   - least: what matters less is left out.
    ///   - clock: gives each line its time.
    /// - Returns: a journal that writes each event when it is noted.
    public static func standardError(least: Severity = .info, clock: any WallClock = SystemWallClock()) -> EventJournal
    {
        EventJournal(least: least) { event in
            let line = render(event, at: clock.now())
            FileHandle.standardError.write(Data((line + "\n").utf8))
        }
    }

    static func render(_ event: Event, at time: Timestamp) -> String {
        let seconds = Double(time.milliseconds) / 1000
        let moment = Date(timeIntervalSince1970: seconds).formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        var line = "\(moment) \("\(event.severity)".uppercased()) \(event.message)"
        for (name, value) in event.fields {
            let plain = value.allSatisfy { !$0.isWhitespace && $0 != "\"" } && !value.isEmpty
            line += " \(name)=" + (plain ? value : "\"\(value.replacingOccurrences(of: "\"", with: "\\\""))\"")
        }
        return line.replacingOccurrences(of: "\n", with: "\\n")
    }
}
