import Console
import StreamCore

/// The options of a reset.
enum ResetOptions {
    static let execute = Parameter.flag("execute", help: "do it; without this, only say what would be done")
    static let keepTopics = Parameter.flag(
        "keep-topics", help: "keep repartition, changelog and tasks topics: positions and local files only")
    private static let toEarliest = Parameter.flag("to-earliest", help: "start inputs at their beginning (the default)")
    private static let toLatest = Parameter.flag("to-latest", help: "start inputs at their end")
    private static let toTime = Parameter.option(
        "to-time", .moment, help: "start inputs at the first record that is not older: ms or RFC 3339")
    private static let toOffset = Parameter.option(
        "to-offset", ValueFormat<Int64>.integer(0...Int64.max), help: "start every partition of the inputs there")

    static var all: [any AnyParameter] { [execute, keepTopics, toEarliest, toLatest, toTime, toOffset] }

    /// Where inputs start; nil when nothing is said.
    ///
    /// - Throws: ``CommandError`` when several places are named.
    static func start(_ invocation: Invocation) throws(CommandError) -> StartPosition? {
        var places: [StartPosition] = []
        if try invocation[toEarliest] { places.append(.beginning) }
        if try invocation[toLatest] { places.append(.end) }
        if let moment = try invocation[toTime] { places.append(.time(moment)) }
        if let offset = try invocation[toOffset] { places.append(.offset(offset)) }
        guard places.count <= 1 else {
            throw .usage("inputs can start at one place only", hint: "give one of the --to-… options")
        }
        return places.first
    }
}
