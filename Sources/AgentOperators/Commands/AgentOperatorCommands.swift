public import Console

/// What agents, requests and memories add to a command line: the nouns `agents`, `requests`, `memory` and `mcp`.
///
/// The tool has them, and so has every ``AgentApplication``; others add them to their own commands:
///
/// ```swift
/// var commands: [Command] { AgentOperatorCommands.all }
/// ```
public enum AgentOperatorCommands {
    /// `agents`, `requests`, `memory`, `mcp`.
    public static let all: [Command] = [
        AgentNoun.command, RequestNoun.command, MemoryNoun.command, ModelContextCommand.command,
    ]
}
