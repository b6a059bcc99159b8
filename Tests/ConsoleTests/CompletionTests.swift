import Foundation
import Testing

@testable import Console

/// What shells complete.
@Suite struct CompletionTests {
    private static let tree: CommandTree = {
        let level = Parameter.option("level", ValueFormat.choice(OutputStyle.self), default: .table, help: "how")
        let flag = Parameter.flag("force", letter: "f", help: "do it")
        let name = Parameter.argument("name", ValueFormat<String>.text, help: "which")
        return CommandTree(
            name: "prog", summary: "a program",
            commands: [
                Command(
                    "topics", aliases: ["topic"], summary: "topics",
                    commands: [
                        Command("list", summary: "all", options: [level, flag]) { _ in },
                        Command("make", summary: "a new one", arguments: [name]) { _ in },
                    ]),
                Command("health", summary: "how it is") { _ in },
            ])
    }()

    private func ask(_ words: [String]) async -> [String] {
        let output = TextSink.memory()
        #expect(await Self.tree.run(["__complete"] + words, output: output, errors: .memory()) == .success)
        return output.text.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
    }

    @Test func `commands, options and choices are offered where they may stand`() async {
        #expect(await ask([""]) == ["topics", "health"])
        #expect(await ask(["to"]) == ["topics"])
        #expect(await ask(["topics", ""]) == ["list", "make"])
        #expect(await ask(["topic", "m"]) == ["make"])
        #expect(await ask(["topics", "list", "--le"]) == ["--level"])
        #expect(await ask(["topics", "list", "--level", "j"]) == ["json", "jsonl"])
        #expect(await ask(["topics", "list", "-f", "--level", "csv", "-"]).contains("--force"))
        #expect(await ask(["-o", "y"]) == ["yaml"])
        #expect(await ask(["topics", "make", ""]) == [])
        #expect(await ask(["--", ""]) == [])
        #expect(await ask([]) == ["topics", "health"])
    }

    @Test(arguments: Completion.shells)
    func `every shell has its script, others are a usage error`(_ shell: String) async {
        let output = TextSink.memory()
        #expect(await Self.tree.run(["completion", shell], output: output, errors: .memory()) == .success)
        #expect(output.text.contains("__complete"))
        #expect(await Self.tree.run(["completion", "csh"], output: output, errors: .memory()) == .usage)
        #expect(await Self.tree.run(["completion"], output: output, errors: .memory()) == .usage)
    }
}
