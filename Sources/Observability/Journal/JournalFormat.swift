import Foundation
import JSON
import StreamCore

/// How a journal's lines look.
public enum JournalFormat: String, Sendable, CaseIterable {
    /// `time LEVEL message name=value …`, for people.
    case text
    /// One JSON object a line: `time`, `level`, `message`, then the fields.
    case json

    func line(_ event: EventJournal.Event, at time: Timestamp) -> String {
        switch self {
        case .text: EventJournal.render(event, at: time)
        case .json: Self.object(event, at: time)
        }
    }

    private static func object(_ event: EventJournal.Event, at time: Timestamp) -> String {
        var members = [
            JSONMember("time", .string(moment(time))), JSONMember("level", .string("\(event.severity)")),
            JSONMember("message", .string(event.message)),
        ]
        for (name, value) in event.fields where !members.contains(where: { $0.name == name }) {
            members.append(JSONMember(name, .string(value)))
        }
        return JSONValue.object(members).text
    }

    static func moment(_ time: Timestamp) -> String {
        // Half a millisecond more: the formatter cuts what a floating-point number has lost.
        Date(timeIntervalSince1970: (Double(time.milliseconds) + 0.5) / 1000).formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
