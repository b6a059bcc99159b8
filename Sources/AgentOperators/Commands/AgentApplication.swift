public import Console
public import StreamDSL

/// An executable that runs a topology with agents: has the commands `agents`, `requests` and `memory` too.
///
/// ```swift
/// @main struct SupportChat: AgentApplication {
///     var topology: StreamTopology { get throws { try StreamTopology("support") { … } } }
/// }
/// ```
public protocol AgentApplication: StreamApplication {}

extension AgentApplication {
    /// `agents`, `requests` and `memory`.
    public var commands: [Command] { AgentOperatorCommands.all }
}
