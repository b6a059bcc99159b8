import Configuration
import Foundation
import JSON
import Operations
import StreamCore
import TestPrograms
import Testing
import Topology

@testable import Console
@testable import StreamDSL

/// An application with settings of its own.
private struct Shop: StreamApplication {
    static let currency = Parameter.option("currency", ValueFormat<String>.text, default: "EUR", help: "of all prices")
        .setting("settings.currency")
    static let key = Parameter.option("shop-key", ValueFormat<String>.text, help: "for the shop").setting(
        "settings.key", isSecret: true)

    var currency = "EUR"

    var settings: [any AnyParameter] { [Self.currency, Self.key] }

    mutating func configure(_ invocation: Invocation) throws { currency = try invocation[Self.currency] }

    var topology: StreamTopology {
        get throws {
            try StreamTopology("shop") {
                Topic("orders-\(currency)", key: .string, value: .string).stream().to(
                    Topic("prices", key: .string, value: .string))
            }
        }
    }

    var commands: [Command] {
        [
            Command("decode", summary: "decodes its section") { invocation in
                let own = try invocation.configuration.decode(Section.self, at: SettingPath("settings"))
                try invocation.output.write("\(own)\n")
            }
        ]
    }

    struct Section: Decodable {
        var currency: String?
        var key: SecretText?
    }
}

/// An application that decodes a section of its own.
private struct Kiosk: StreamApplication {
    struct Section: Decodable, Equatable {
        struct Limit: Decodable, Equatable {
            var count: Int
            var within: Duration?
        }

        var name: String
        var limits: [String: Limit]?
        var codes: [String]?
        var key: SecretText?
    }

    var topology: StreamTopology {
        get throws {
            try StreamTopology("kiosk") {
                Topic("in", key: .string, value: .string).stream().to(Topic("out", key: .string, value: .string))
            }
        }
    }

    var commands: [Command] {
        [
            Command("decode", summary: "decodes its section") { invocation in
                let own = try invocation.configuration.decode(Section.self, at: SettingPath("settings"))
                let limits = (own.limits ?? [:]).sorted { $0.key < $1.key }
                    .map { "\($0.key)=\($0.value.count)/\($0.value.within.map { "\($0)" } ?? "-")" }
                try invocation.output.write("\(own.name) \(limits) \(own.codes ?? []) \(own.key?.reveal() ?? "-")\n")
            }
        ]
    }
}

@Suite("Commands and configuration") struct ConfigCommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ text: String, _ name: String = "c.yaml") throws -> String {
        let path = "\(folder.path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private struct Outcome {
        let code: Int32
        let output: String
        let errors: String
    }

    private func run(
        _ tree: CommandTree, _ arguments: [String], _ environment: [String: String] = [:]
    ) async -> Outcome {
        let output = TextSink.memory()
        let errors = TextSink.memory()
        let code = await tree.run(arguments, environment: environment, output: output, errors: errors)
        let place = folder.path + "/"
        return Outcome(
            code: code.rawValue, output: output.text.replacing(place, with: ""),
            errors: errors.text.replacing(place, with: ""))
    }

    @Test("an option wins over a variable, that over the file, and the application's topology follows")
    func applicationSettings() async throws {
        let path = try file("settings: {currency: CHF}\n")
        let plain = await run(Shop.commandTree, ["describe"])
        #expect(plain.output.contains("orders-EUR"))
        let configured = await run(Shop.commandTree, ["describe", "--config", path])
        #expect(configured.output.contains("orders-CHF"))
        let variable = await run(
            Shop.commandTree, ["describe", "--config", path], ["TRIBUTARY_SETTINGS_CURRENCY": "SEK"])
        #expect(variable.output.contains("orders-SEK"))
        let option = await run(
            Shop.commandTree, ["describe", "--config", path, "--currency", "USD"],
            ["TRIBUTARY_SETTINGS_CURRENCY": "SEK"])
        #expect(option.output.contains("orders-USD"))
        let named = await run(Shop.commandTree, ["describe"], ["TRIBUTARY_CONFIG": path])
        #expect(named.output.contains("orders-CHF"))
    }

    @Test("a wrong configuration ends with 2, says all of it with places, and gives a hint")
    func wrongConfiguration() async throws {
        let path = try file("app:\n  treads: 2\n")
        for arguments in [["describe"], ["run"], ["config", "view"], ["config", "check"]] {
            let outcome = await run(Shop.commandTree, arguments + ["--config", path])
            #expect(outcome.code == 2)
            #expect(
                outcome.errors
                    == "error: c.yaml:2:3: there is no setting 'app.treads'\nhint: did you mean 'app.threads'?\n")
            #expect(outcome.output.isEmpty)
        }
        let several = await run(
            Shop.commandTree, ["config", "check", try file("app: {threads: x}\nsettings: {curency: EUR}\n")])
        #expect(several.code == 2)
        #expect(several.errors.contains("c.yaml:1:16: 'app.threads' must be a whole number, not 'x'"))
        #expect(several.errors.contains("c.yaml:2:12: there is no setting 'settings.curency'"))
        let json = await run(Shop.commandTree, ["config", "check", path, "-o", "json"])
        let error = try JSONValue(parsing: json.errors)["error"]
        #expect(error?["code"] == 2)
        #expect(error?["kind"] == "configuration")
        let missing = await run(Shop.commandTree, ["describe", "--config", "\(folder.path)/none.yaml"])
        #expect(missing.code == 3)
        let profile = await run(Shop.commandTree, ["describe", "--config", try file(""), "--profile", "x"])
        #expect(profile.code == 2)
        let help = await run(Shop.commandTree, ["describe", "--help", "--config", path])
        #expect(help.code == 0)
    }

    @Test("'config view' shows what is in force with its origin, and no secret")
    func view() async throws {
        let path = try file(
            """
            app: {threads: 3, dataDir: ./d}
            kafka: {linger.ms: 5, sasl.password: geheim}
            settings: {key: geheim}
            profiles: {prod: {app: {threads: 9}}}
            """)
        let environment = ["TRIBUTARY_APP_COMMIT_INTERVAL": "1s", "TRIBUTARY_KAFKA_SASL_USERNAME": "anna"]
        let arguments = ["config", "view", "--config", path, "--profile", "prod", "--data-dir", "/data"]
        let plain = await run(Shop.commandTree, arguments, environment)
        #expect(plain.code == 0)
        #expect(
            plain.output == """
                app:
                  dataDir: /data
                  threads: 9
                  commitInterval: 1s
                kafka:
                  linger.ms: 5
                  sasl.password: "***"
                  sasl.username: anna
                settings:
                  key: "***"

                """)
        let origins = await run(Shop.commandTree, arguments + ["--origin"], environment)
        #expect(origins.output.contains("  dataDir: /data  # --data-dir\n"))
        #expect(origins.output.contains("  threads: 9  # c.yaml:4:34\n"))
        #expect(origins.output.contains("  commitInterval: 1s  # $TRIBUTARY_APP_COMMIT_INTERVAL\n"))
        #expect(origins.output.contains("  sasl.username: anna  # $TRIBUTARY_KAFKA_SASL_USERNAME\n"))
        #expect(origins.output.contains("  currency: EUR  # default\n"))
        let json = await run(Shop.commandTree, arguments + ["--origin", "-o", "json"], environment)
        let tree = try JSONValue(parsing: json.output)
        #expect(tree["app"]?["threads"]?["value"] == 9)
        #expect(tree["app"]?["threads"]?["origin"] == "c.yaml:4:34")
        for text in [plain, origins, json] { #expect(!(text.output + text.errors).contains("geheim")) }
    }

    @Test("'config init' writes every setting commented out, never over a file; the template is right as it is")
    func template() async throws {
        let path = "\(folder.path)/new.yaml"
        let written = await run(Shop.commandTree, ["config", "init", path])
        #expect(written.code == 0)
        let again = await run(Shop.commandTree, ["config", "init", path])
        #expect(again.code == 6)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for name in ["threads:", "commitInterval: 100ms", "currency: EUR", "key: ${file:/run/secrets/name}"] {
            #expect(text.contains(name))
        }
        let checked = await run(Shop.commandTree, ["config", "check", path])
        #expect(checked.code == 0)
        // With the '#' of sections and settings taken away it is YAML of the same settings.
        let open = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("# ") && !line.hasPrefix("#  ") ? "" : line.first == "#" ? line.dropFirst() : line[...]
        }.joined(separator: "\n")
        let tree = try ConfigurationFile.parse(Array(open.utf8), path: "t.yaml")
        #expect(tree["app"]?["commitInterval"]?.scalar?.text == "100ms")
        #expect(tree["settings"]?["currency"]?.scalar?.text == "EUR")
        #expect(tree["profiles"]?["prod"] != nil)
    }

    @Test("'config profiles' lists what --profile can name")
    func profileList() async throws {
        let path = try file("profiles: {b: {}, a: {app: {threads: 1}}}\n")
        let list = await run(
            Shop.commandTree, ["config", "profiles", "--config", path, "--profile", "a", "-o", "json"])
        let rows = try #require(try JSONValue(parsing: list.output).elements)
        #expect(rows.map { $0["profile"]?.stringValue } == ["a", "b"])
        #expect(rows.map { $0["active"] } == [true, false])
        #expect(rows[1]["origin"] == "c.yaml:1:12")
    }

    @Test("a section decodes into a type of the application; what the type does not know is an error")
    func decoding() async throws {
        let path = try file(
            """
            settings:
              name: 0012
              limits: {fast: {count: 3, within: 250ms}, slow: {count: 0x10}}
              codes: [no, 1e3]
              key: geheim
            """)
        let right = await run(Kiosk.commandTree, ["decode", "--config", path])
        #expect(right.output == "0012 [\"fast=3/0.25 seconds\", \"slow=16/-\"] [\"no\", \"1e3\"] geheim\n")
        let variable = await run(
            Kiosk.commandTree, ["decode", "--config", path],
            ["TRIBUTARY_SETTINGS_NAME": "x", "TRIBUTARY_SETTINGS_KEY": "y"])
        #expect(variable.output.hasPrefix("x ["))
        let wrong: [(String, String)] = [
            ("settings: {name: a, coodes: []}", "c.yaml:1:21: there is no setting 'settings.coodes'"),
            ("settings: {limits: {}}", "c.yaml:1:12: 'settings.name' is required"),
            ("settings: {name: [a]}", "c.yaml:1:18: 'settings.name' is one value, not a list"),
            (
                "settings: {name: a, limits: {f: {count: many}}}",
                "c.yaml:1:41: 'settings.limits.f.count' must be a whole number, not 'many'"
            ),
            (
                "settings: {name: a, limits: {f: {count: 1, wthin: 5s}}}",
                "there is no setting 'settings.limits.f.wthin'"
            ),
            ("settings: {name: a, key: {a: geheim}}", "'settings.key' is one value, not a section"),
        ]
        for (text, message) in wrong {
            let outcome = await run(Kiosk.commandTree, ["decode", "--config", try file(text + "\n")])
            #expect(outcome.code == 2)
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
            #expect(!outcome.errors.contains("geheim"))
        }
    }

    @Test("brokers and properties of the file reach the client; flags and variables win over them")
    func kafka() async throws {
        let path = try file(
            """
            kafka:
              bootstrap.servers: [one:9092, two:9092]
              security: {protocol: SASL_PLAINTEXT}
              linger.msx: 5
            """)
        let outcome = await run(Shop.commandTree, ["status", "--config", path])
        #expect(outcome.code == 2)
        #expect(outcome.errors.contains("linger.msx"))
        #expect(outcome.errors.contains("from c.yaml:4:15"))
        let flag = await run(Shop.commandTree, ["status", "--config", path, "-X", "linger.msx=6"])
        #expect(flag.errors.contains("from --set"))
        let embedded = await run(Shop.commandTree, ["status", "--config", path, "--data-dir", "\(folder.path)/d"])
        #expect(!embedded.errors.contains("linger.msx"))
    }

    @Test("the settings of 'run' are used: threads, intervals, the data folder", .timeLimit(.minutes(15)))
    func runSettings() async throws {
        let data = "\(folder.path)/data"
        let path = try file("app: {dataDir: \"\(data)\", threads: 1, commitInterval: 20ms}\nmonitor: {address: 0}\n")
        let outcome = await run(Shop.commandTree, ["run", "--until-idle", "--config", path, "-q"])
        #expect(FileManager.default.fileExists(atPath: "\(data)/log"), "\(outcome.errors)")
        let wrong = await run(Shop.commandTree, ["run", "--config", try file("app: {threads: 0}\n")])
        #expect(wrong.code == 2)
    }

    @Test("the tool reads tributary.yaml where it stands, as JSON too", .timeLimit(.minutes(15)))
    func tool() async throws {
        let tool = BuiltProgram("tributary")
        try #require(tool.exists)
        let home = "\(folder.path)/home"
        try FileManager.default.createDirectory(atPath: "\(home)/.config/tributary", withIntermediateDirectories: true)
        try Data("app: {threads: 2, standbyReplicas: 1}\n".utf8)
            .write(to: URL(fileURLWithPath: "\(home)/.config/tributary/config.yaml"))
        _ = try file("app: {threads: 3}\nsettings: {whatever: 1}\n", "tributary.yaml")
        let path = folder.path
        let output = try await OwnThread.run(named: "tool") {
            let program = try RunningProgram(
                URL(fileURLWithPath: "/bin/sh"),
                ["-c", "cd '\(path)' && '\(tool.url.path)' config view --origin -o json"],
                ["HOME": home, "XDG_CONFIG_HOME": ""], path)
            let code = program.wait()
            return code == 0 ? program.outputText : program.errorText
        }
        let tree = try JSONValue(parsing: output)
        #expect(tree["app"]?["threads"]?["value"] == 3)
        #expect(tree["app"]?["threads"]?["origin"] == "tributary.yaml:1:16")
        #expect(tree["app"]?["standbyReplicas"]?["value"] == 1)
        #expect(tree["settings"]?["whatever"]?["value"] == 1)
        #expect(tree["app"]?["commitInterval"]?["origin"] == "default")
    }
}
