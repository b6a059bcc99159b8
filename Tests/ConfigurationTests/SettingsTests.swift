import Configuration
import Console
import Foundation
import StreamCore
import TestPrograms
import Testing

/// Parameters as commands declare them.
enum Sample {
    static let threads = Parameter.option("workers", ValueFormat<Int>.integer(1...64), default: 4, help: "threads")
        .setting("app.threads")
    static let interval = Parameter.option(
        "commit-interval", .duration, default: .milliseconds(100), shown: "100ms", help: "how often"
    ).setting("app.commitInterval")
    static let servers = Parameter.option("bootstrap-servers", ValueFormat<String>.text, help: "brokers")
        .environment("OLD_SERVERS").setting("kafka.bootstrap.servers")
    static let strict = Parameter.flag("strict", help: "be strict").setting("app.strict")
    static let password = Parameter.option("password", ValueFormat<String>.text, help: "secret")
        .setting("login.password")
    static let code = Parameter.option("code", ValueFormat<Int>.integer, help: "secret").setting(
        "login.code", isSecret: true)
    static let tags = Parameter.repeated("tag", ValueFormat<String>.text, help: "tags").setting("app.tags")
    static let modelURL = Parameter.option("model-url", ValueFormat<String>.text, help: "where")
        .setting("models.*.url")

    static let schema = SettingsSchema(
        [
            threads.anySpecification, interval.anySpecification, servers.anySpecification, strict.anySpecification,
            password.anySpecification, code.anySpecification, tags.anySpecification, modelURL.anySpecification,
        ],
        open: [SettingPath("kafka")])
}

@Suite("Settings") struct SettingsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ name: String, _ text: String) throws {
        let path = "\(folder.path)/\(name)"
        let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func load(_ profile: String? = nil, _ environment: [String: String] = [:]) throws -> Settings {
        let all = environment.merging(["HOME": "\(folder.path)/home"]) { own, _ in own }
        return try SettingsFiles(profile: profile, directory: folder.path, environment: all).load(Sample.schema)
    }

    private func refusal(_ text: String, _ environment: [String: String] = [:]) throws -> String {
        try write("tributary.yaml", text)
        do {
            _ = try load(nil, environment)
            return "accepted"
        } catch let error as ConfigurationError {
            return error.problems.map { "\($0)" + ($0.hint.map { " [\($0)]" } ?? "") }.joined(separator: "\n")
                .replacing("\(folder.path)/", with: "")
        }
    }

    private func value(_ settings: Settings, _ parameter: some AnyParameter) -> String? {
        settings.value(of: parameter.anySpecification)?.texts.joined(separator: "|")
    }

    @Test(
        "the strongest layer wins, whatever the layers are: variable, profile, file, user's file",
        .timeLimit(.minutes(15)))
    func precedence() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed)
        let names = ["a", "b.c", "b.d", "b.e.f", "g"]
        let schema = SettingsSchema(
            names.map {
                Parameter.option($0, ValueFormat<String>.text, help: "x").setting($0).anySpecification
            })
        for round in 0..<200 {
            // Weakest first: user's file, file, user's profile, profile, profile's own file, environment.
            var layers: [[String: String]] = []
            for layer in 0..<6 {
                var values: [String: String] = [:]
                for name in names where Bool.random(using: &random) { values[name] = "v\(layer)" }
                layers.append(values)
            }
            func text(_ values: [String: String], indent: String = "") -> String {
                values.sorted { $0.key < $1.key }.map { "\(indent)\($0.key): \($0.value)\n" }.joined()
            }
            func file(_ values: [String: String], profile: [String: String]) -> String {
                text(values) + "profiles:\n  p:\n    # nothing\n" + text(profile, indent: "    ")
            }
            try write("home/.config/tributary/config.yaml", file(layers[0], profile: layers[2]))
            try write("tributary.yaml", file(layers[1], profile: layers[3]))
            try write("tributary.p.yaml", text(layers[4]))
            var environment = ["HOME": "\(folder.path)/home"]
            for (name, value) in layers[5] { environment[name.variable] = value }
            let settings = try SettingsFiles(profile: "p", directory: folder.path, environment: environment)
                .load(schema)
            for (name, specification) in zip(names, schema.settings) {
                let expected = layers.reversed().lazy.compactMap { $0[name] }.first
                let found = settings.value(of: specification)?.texts.first
                #expect(found == expected, "seed \(seed), round \(round), \(name)")
            }
        }
    }

    @Test("sections merge deeply, lists are replaced, null takes away what weaker layers say")
    func merging() throws {
        try write("home/.config/tributary/config.yaml", "app: {threads: 1, tags: [a, b]}\nkafka: {linger.ms: 5}\n")
        try write(
            "tributary.yaml", "app: {tags: [c], strict: true}\nprofiles: {bare: {kafka: null, app: {threads: ~}}}\n")
        let plain = try load()
        #expect(value(plain, Sample.threads) == "1")
        #expect(value(plain, Sample.tags) == "c")
        #expect(plain.node(at: SettingPath("kafka.linger.ms"))?.scalar?.text == "5")
        let bare = try load("bare")
        #expect(value(bare, Sample.threads) == nil)
        #expect(bare.section(SettingPath("kafka")) == nil)
        #expect(value(bare, Sample.strict) == "true")
    }

    @Test("an unknown key is an error with a suggestion, and all of them are told at once")
    func unknownKeys() throws {
        let said = try refusal(
            "app:\n  treads: 4\n  commit_interval: 5s\nap:\n  threads: 3\nthreads: 2\nzzz: 1\napp.threads.x: 1\nlogin: 3\n"
        )
        #expect(
            said == """
                tributary.yaml:2:3: there is no setting 'app.treads' [did you mean 'app.threads'?]
                tributary.yaml:3:3: there is no setting 'app.commit_interval' [did you mean 'app.commitInterval'?]
                tributary.yaml:5:3: there is no setting 'ap.threads' [did you mean 'app'?]
                tributary.yaml:6:1: there is no setting 'threads' [did you mean 'app.threads'?]
                tributary.yaml:7:1: there is no setting 'zzz' [sections are app, kafka, login, models]
                tributary.yaml:8:1: 'app.threads' is one value, not a section [write threads: NUMBER]
                tributary.yaml:9:1: 'login' is a section, not one value [write its settings below it]
                """)
    }

    @Test("a value of the wrong kind is told with its place")
    func wrongValues() throws {
        let said = try refusal(
            "app: {threads: many, commitInterval: soon, strict: no, tags: [[1]]}\n", ["TRIBUTARY_APP_THREADS": "0"])
        #expect(
            said == """
                tributary.yaml:1:16: 'app.threads' must be a whole number, not 'many'
                tributary.yaml:1:38: 'app.commitInterval' must be a duration such as 250ms, 5s, 2m, 3h or 7d, not 'soon'
                tributary.yaml:1:52: 'app.strict' must be true or false, not 'no'
                tributary.yaml:1:62: 'app.tags' is one value, not a list
                $TRIBUTARY_APP_THREADS: 'app.threads' must be between 1 and 64, not 0
                """)
        let lists = try refusal("app: {threads: [1, 2]}\n")
        #expect(lists == "tributary.yaml:1:16: 'app.threads' is one value, not a list")
        let twice = try refusal("kafka:\n  a.b: 1\n  a: {b: 2}\n")
        #expect(twice == "tributary.yaml:3:7: 'kafka.a.b' is said twice: at tributary.yaml:2:3 too [keep one of them]")
    }

    @Test("odd names are told like any other and trap nothing")
    func oddNames() throws {
        let names = [
            "", ".", "..", "a.", ".a", "*", "kafka.", "kafka..x", "profiles.x", "app.", "app.*", "models.*.url", " ",
        ]
        for name in names {
            for value in ["1", "{}", "[]", "{'': {'': 1}}", "[{'': 1}]"] {
                let said = try refusal("'\(name)': \(value)\n")
                let isFree = name.hasPrefix("kafka.") || name.hasPrefix("models.") || value == "{}"
                #expect(isFree || said.hasPrefix("tributary.yaml:1:"), "\(name): \(value): \(said)")
            }
        }
        let profiles = try refusal("profiles: 3\n")
        #expect(profiles == "tributary.yaml:1:11: 'profiles' is a section, not a single value")
    }

    @Test("a file full of mistakes is told up to a hundred of them")
    func manyProblems() throws {
        let said = try refusal((0..<5_000).map { "name\($0): x\n" }.joined())
        let lines = said.split(separator: "\n")
        #expect(lines.count == 101)
        #expect(lines.last == "tributary.yaml:101:1: there is more: this is where the list ends")
    }

    @Test("a file with a secret in it that everybody may read is warned of")
    func exposedSecrets() throws {
        try write("tributary.yaml", "login: {password: geheim}\n")
        let path = "\(folder.path)/tributary.yaml"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let warned = try load().warnings.map(\.message)
        #expect(warned == ["'\(path)' holds a secret and can be read by every user"])
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let quiet = try load().warnings
        #expect(quiet.isEmpty)
    }

    @Test("texts stay texts: 0012, true and 1e3 are what was written")
    func texts() throws {
        try write("tributary.yaml", "login: {password: 0012}\nkafka: {client.id: true, x: 1e3, y: ~, z: 0x10}\n")
        let settings = try load()
        #expect(value(settings, Sample.password) == "0012")
        #expect(settings.node(at: SettingPath("kafka.client.id"))?.scalar?.text == "true")
        #expect(settings.node(at: SettingPath("kafka.x"))?.scalar?.text == "1e3")
        #expect(settings.node(at: SettingPath("kafka.y")) == nil)
        let variable = try load(nil, ["TRIBUTARY_LOGIN_PASSWORD": "0012"])
        #expect(value(variable, Sample.password) == "0012")
    }

    @Test("references to variables and files are resolved; what is missing is told with its place")
    func references() throws {
        try write("secret", "geheim\n")
        try write(
            "tributary.yaml",
            """
            login: {password: "${file:\(folder.path)/secret}"}
            app: {threads: "${COUNT}", tags: ["a-${env:NAME}-b", "$${NAME}", "${GONE:-other}", "${EMPTY:-e}"]}
            """)
        let settings = try load(nil, ["COUNT": "7", "NAME": "n", "EMPTY": ""])
        #expect(value(settings, Sample.password) == "geheim")
        #expect(value(settings, Sample.threads) == "7")
        #expect(value(settings, Sample.tags) == "a-n-b|${NAME}|other|e")
        let missing = try refusal("app:\n  tags: [x, '${GONE}', '${file:/no/such}', '${a b}', '${open']\n")
        #expect(
            missing == """
                tributary.yaml:2:13: the environment variable 'GONE' is not set [set it, or say what holds otherwise: ${GONE:-otherwise}]
                tributary.yaml:2:24: there is no file '/no/such'
                tributary.yaml:2:44: this is no reference [write ${NAME}, ${NAME:-otherwise} or ${file:/path}; $${ is a plain ${]
                tributary.yaml:2:54: '${' has no '}' [$${ is a plain ${]
                """)
    }

    @Test("a value from a variable is not told in an error, for it may be anything")
    func substitutedErrors() throws {
        let said = try refusal("app: {threads: '${SECRET}'}\n", ["SECRET": "geheim"])
        #expect(said == "tributary.yaml:1:16: 'app.threads' has a value that is not accepted (it is not shown)")
    }

    @Test("a profile that nobody has is refused with a suggestion; a profile's name leaves no folder")
    func profiles() throws {
        try write("tributary.yaml", "profiles: {prod: {app: {threads: 9}}, test: }\n")
        try write("tributary.edge.yaml", "app: {threads: 3}\n")
        let names = try SettingsFiles(directory: folder.path, environment: [:]).profiles().map(\.name)
        #expect(names == ["edge", "prod", "test"])
        #expect(value(try load("prod"), Sample.threads) == "9")
        #expect(value(try load("edge"), Sample.threads) == "3")
        #expect(value(try load("test"), Sample.threads) == nil)
        for (name, hint) in [("prdo", "did you mean 'prod'?"), ("../x", "profiles are edge, prod, test")] {
            var found: ConfigurationError?
            do { _ = try load(name) } catch let error as ConfigurationError { found = error }
            #expect(found?.description == "there is no profile '\(name)'")
            #expect(found?.hint == hint)
        }
    }

    @Test("two files of one folder are not guessed between; a file that is named stands alone")
    func whichFile() throws {
        try write("tributary.yaml", "app: {threads: 2}\n")
        try write("other.json", "{\"app\": {\"strict\": true}}")
        try write("home/.config/tributary/config.yaml", "app: {tags: [u]}\n")
        var files = SettingsFiles(directory: folder.path, environment: ["HOME": "\(folder.path)/home"])
        files.file = "\(folder.path)/other.json"
        let named = try files.load(Sample.schema)
        #expect(value(named, Sample.threads) == nil)
        #expect(value(named, Sample.tags) == nil)
        #expect(named.files == ["\(folder.path)/other.json"])
        try write("tributary.json", "{}")
        files.file = nil
        var said = ""
        do { _ = try files.load(Sample.schema) } catch { said = error.description }
        #expect(said == "there are tributary.yaml and tributary.json in \(folder.path)")
        let xdg = try SettingsFiles(
            directory: "\(folder.path)/home", environment: ["XDG_CONFIG_HOME": "\(folder.path)/home/.config"]
        ).load(Sample.schema)
        #expect(value(xdg, Sample.tags) == "u")
    }
}

extension String {
    /// The variable of the setting of this name.
    fileprivate var variable: String { "TRIBUTARY_" + uppercased().replacing(".", with: "_") }
}
