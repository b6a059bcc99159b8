import A2A
import Console
import StreamCore
import StreamDSL

/// An A2A agent that says everything again, word by word, and the client that asks it: `A2AEcho run` and `A2AEcho ask`.
@main struct A2AEcho: StreamApplication {
    static let agent = "echo"
    static let endpoint = A2AEndpoint(application: "a2a-echo", agent: agent)

    /// What the agent says of itself; where it is, its first interface says.
    static let card: A2AAgentCard = {
        var card = A2AAgentCard(
            name: "Echo", description: "Says everything again, one word at a time.", version: "1.0.0",
            capabilities: A2ACapabilities(streaming: true, pushNotifications: true),
            skills: [
                A2ASkill(
                    "echo", name: "Echo", description: "Says it again.", tags: ["example"], examples: ["hello world"])
            ])
        card.supportedInterfaces = [
            A2AInterface(url: endpoint.url(bootstrap: "localhost:9092"), protocolBinding: A2AHeader.binding)
        ]
        return card
    }()

    var summary: String { "an A2A agent that says everything again, and its client" }

    var topology: StreamTopology {
        get throws {
            try StreamTopology("a2a-echo") {
                a2aAgent(named: Self.agent, card: Self.card) { work, context in
                    try await Echo.say(work, context)
                }
            }
        }
    }

    var commands: [Command] { EchoCommands.all }
}

/// What the agent does.
enum Echo {
    /// Says the message's words, one event each; `?` asks for more, `slowly` in front waits a second before each word.
    static func say(_ work: A2AWork, _ context: A2AContext) async throws -> A2AOutcome {
        let words = work.message.text.split(separator: " ").map { String($0) }
        guard words != ["?"] else { return .inputRequired("Say something.") }
        guard let first = words.first else { return .rejected("There is nothing to say again.") }
        try await context.working("\(words.count) words")
        for (index, word) in words.enumerated() {
            // A timer of the journal: a restart goes on where it was, and waits no second twice.
            if first == "slowly" { try await context.sleep(for: .seconds(1)) }
            try await context.send(
                A2AArtifact("echo", parts: [.text(word)], name: "echo"), append: index > 0,
                lastChunk: index == words.count - 1)
        }
        return .completed()
    }
}
