import Console
import JSON
import ModelContextProtocol
import Operations

/// What a model is given of agents, tasks and stores.
enum ModelContextTools {
    /// Verbs that only look.
    private static let reading: [[String]] = [
        ["agents", "list"], ["agents", "describe"], ["agents", "sessions"], ["agents", "journal"],
        ["agents", "approvals"], ["agents", "trace"], ["requests", "list"], ["requests", "show"], ["memory", "list"],
        ["memory", "show"], ["memory", "search"], ["stores", "list"], ["stores", "get"], ["stores", "scan"],
        ["stores", "window"], ["dlq", "list"], ["dlq", "show"], ["topics", "list"], ["topics", "describe"],
        ["groups", "list"], ["groups", "lag"], ["app", "list"], ["app", "describe"],
    ]

    /// Verbs that change something, and what is always said with them.
    private static let writing: [(path: [String], fixed: [String])] = [
        (["agents", "send"], []), (["agents", "ask"], []), (["agents", "cancel"], []), (["agents", "approve"], []),
        (["agents", "reject"], []), (["dlq", "retry"], []),
    ]

    /// Options that name files or never end: they are for people at a terminal.
    private static let hidden: Set<String> = ["file", "watch", "follow"]

    /// The tools on a log.
    ///
    /// - Parameters:
    ///   - connection: the options that say which log is meant.
    ///   - environment: the environment variables that commands read.
    ///   - allowsWrites: whether those that change something are among them.
    /// - Returns: the tools, those that only look first.
    static func tools(
        connection: [String], environment: [String: String], allowsWrites: Bool
    ) -> [MCPTool] {
        let tree = CommandTree(
            name: "tributary", summary: "agents, tasks and stores",
            commands: [
                StoreCommands.command, TopicCommands.command, GroupCommands.command, AppCommands.command,
                DeadLetterCommands.command,
            ] + AgentOperatorCommands.all, translate: ErrorTranslation.translate)
        let commands = CommandTools(tree, connection: connection, environment: environment)
        var tools = reading.compactMap { commands.tool($0, isReadOnly: true, hidden: hidden) }
        guard allowsWrites else { return tools }
        tools += writing.compactMap {
            commands.tool($0.path, isReadOnly: false, fixed: $0.fixed, hidden: hidden)
        }
        return tools
    }

    /// What a model should know before it uses the tools.
    static func instructions(allowsWrites: Bool) -> String {
        """
        Agents, stream tasks and their state. Begin with app_list and agents_list; agents are named type/key. Stores are the tasks' state, \
        read as last committed. \
        \(allowsWrites
            ? "Tools that change something act at once and on real data." : "Nothing can be changed here: the server was started without --allow-writes.")
        """
    }
}
