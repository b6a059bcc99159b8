import Foundation
public import StreamCore

extension EventJournal {
    /// A journal on standard error, a line an event.
    ///
    /// - Parameters:
    ///   - least: what matters less is left out.
    ///   - format: how a line looks.
    ///   - clock: gives each line its time.
    /// - Returns: a journal that writes each event when it is noted.
    public static func standardError(
        least: Severity = .info, format: JournalFormat = .text, clock: any WallClock = SystemWallClock()
    ) -> EventJournal {
        EventJournal(least: least) { event in
            let line = format.line(event, at: clock.now())
            FileHandle.standardError.write(Data((line + "\n").utf8))
        }
    }

    static func render(_ event: Event, at time: Timestamp) -> String {
        var line = "\(JournalFormat.moment(time)) \("\(event.severity)".uppercased()) \(event.message)"
        for (name, value) in event.fields {
            let plain = value.allSatisfy { !$0.isWhitespace && $0 != "\"" } && !value.isEmpty
            line += " \(name)=" + (plain ? value : "\"\(value.replacingOccurrences(of: "\"", with: "\\\""))\"")
        }
        return line.replacingOccurrences(of: "\n", with: "\\n")
    }
}
