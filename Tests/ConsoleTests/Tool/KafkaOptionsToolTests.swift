import Foundation
import StreamCore
import Testing

@testable import Console

/// Properties of the Kafka client from files, environment and options; no broker is needed to see what becomes of them.
@Suite(.enabled(if: BuiltTool.isAvailable, "the program 'tributary' is not built"), .timeLimit(.minutes(15)))
struct KafkaOptionsToolTests {
    private let tool: BuiltTool

    init() throws { tool = try BuiltTool() }

    /// Runs a line of shell with the tool and gives what it said; nothing that it said may hold the secret.
    private func say(_ line: String, status: Int32) throws -> String {
        let result = try tool.shell(line)
        #expect(result.status == status, "\(result.errors)")
        #expect(result.output == "")
        #expect(!result.errors.contains("hunter2"), "\(result.errors)")
        return result.errors
    }

    private func config(_ text: String, mode: Int = 0o600) throws -> String {
        let path = try tool.file("client.properties", Array(text.utf8))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    // Refused by name, wherever it comes from: what is said of it tells that it was read.
    @Test func `what is wrong is told with the place where it was written`() throws {
        let path = try config("# servers\nbootstrap.servers = localhost:1\n\n! more\nsasl.pasword=hunter2\n")
        let wrong = try say("$TOOL topics list -F \(path)", status: 2)
        #expect(wrong.contains("no property 'sasl.pasword'; did you mean 'sasl.password'? (from \(path), line 5)"))
        let environment = try say("TRIBUTARY_KAFKA_GROUP_ID=x $TOOL topics list -b localhost:1", status: 2)
        #expect(environment.contains("'group.id' cannot be set"))
        #expect(environment.contains("(from TRIBUTARY_KAFKA_GROUP_ID)"))
        let option = try say("$TOOL topics list -b localhost:1 -X sasl.jaas.config='password=hunter2'", status: 2)
        #expect(option.contains("set sasl.username and sasl.password (from --set)"))
        let json = try say("$TOOL topics list -b localhost:1 -X sasl.jaas.config='password=hunter2' -J", status: 2)
        #expect(try JSONValue(parsing: json)["error"]?["kind"] == "invalidConfiguration")
    }

    @Test func `an option wins over the environment, and that over the file`() throws {
        let path = try config("bootstrap.servers=localhost:1\nsecurity.protocol=first\n")
        let run = "$TOOL topics list"
        #expect(try say("\(run) -F \(path)", status: 2).contains("\"first\""))
        let second = "TRIBUTARY_KAFKA_SECURITY_PROTOCOL=second \(run) -F \(path)"
        #expect(try say(second, status: 2).contains("\"second\""))
        #expect(try say("\(second) -X security.protocol=third", status: 2).contains("\"third\""))
        #expect(try say("TRIBUTARY_KAFKA_CONFIG=\(path) \(run)", status: 2).contains("no log") == false)
    }

    @Test func `values are taken from variables and files, which must be there`() throws {
        let secret = try tool.file("password", Array("first\n".utf8))
        let run = "$TOOL topics list -b localhost:1 -X security.protocol="
        #expect(
            try say("P=seco $TOOL topics list -b localhost:1 -X 'security.protocol=a${env:P}nd'", status: 2)
                .contains("\"asecond\""))
        let readable = try say("\(run)'${file:\(secret)}'", status: 2)
        #expect(readable.contains("\"first\""))
        #expect(readable.contains("warning: '\(secret)' holds a secret and can be read by every user"))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret)
        #expect(!(try say("\(run)'${file:\(secret)}'", status: 2).contains("warning")))
        #expect(try say("\(run)'${env:NOT_SET}'", status: 2).contains("'NOT_SET', which is not set"))
        #expect(try say("\(run)'${file:/not/there}'", status: 3).contains("'/not/there', which is not there"))
        #expect(try say("\(run)'${vault:x}'", status: 2).contains("${env:NAME} or ${file:/path}"))
        #expect(try say("\(run)'${env:X'", status: 2).contains("without '}'"))
        #expect(try say("\(run)'$${x}'", status: 2).contains("\"${x}\""))
    }

    @Test func `a file is read as Java reads it, and errors in it name the line only`() throws {
        let file = "bootstrap.servers: localhost:1\r\nsecurity.protocol=a\\\n   b\\u0063\\=d\n"
        #expect(try say("$TOOL topics list -F \(try config(file))", status: 2).contains("\"abc=d\""))
        let bad = try say("$TOOL topics list -F \(try config("a=b\nhunter2\n"))", status: 2)
        #expect(bad.contains("client.properties, line 2: this is no property"))
        #expect(try say("$TOOL topics list -F \(try config("a=hunter2\\u12\n"))", status: 2).contains("line 1"))
        #expect(try say("$TOOL topics list -F /not/there", status: 3).contains("there is no file '/not/there'"))
        #expect(try say("$TOOL topics list -F /tmp", status: 5).contains("cannot be read"))
        #expect(try say("$TOOL topics list -F \(try config("client.id=x\n"))", status: 2).contains("bootstrap.servers"))
    }

    @Test func `a secret that everybody can read is warned of, and no secret is shown`() throws {
        let text = "bootstrap.servers=localhost:1\nsasl.username=me\nsasl.password=hunter2\nflux.capacitor=1\n"
        let open = try say("$TOOL topics list -F \(try config(text, mode: 0o644))", status: 2)
        #expect(open.contains("warning: '\(tool.place)/client.properties' holds a secret"))
        #expect(!(try say("$TOOL topics list -F \(try config(text))", status: 2).contains("warning")))
        let elsewhere = text.replacing("hunter2", with: "${env:P}")
        let quiet = try say("P=hunter2 $TOOL topics list -F \(try config(elsewhere, mode: 0o644))", status: 2)
        #expect(!quiet.contains("warning"))
    }

    @Test func `tokens have one source, and one that fails is told`() throws {
        let bearer =
            "$TOOL topics list -b localhost:1 -X security.protocol=SASL_PLAINTEXT -X sasl.mechanism=OAUTHBEARER"
        #expect(try say(bearer, status: 2).contains("--oauth-token-file or --oauth-token-command"))
        let both = try say("\(bearer) --oauth-token-file x --oauth-token-command y", status: 2)
        #expect(both.contains("not from both"))
        let failed = try say("\(bearer) --oauth-token-command 'echo hunter2; exit 3'", status: 5)
        #expect(failed.contains("--oauth-token-command ended with 3"))
        let missing = try say("\(bearer) --oauth-token-file /not/there", status: 5)
        #expect(missing.contains("'/not/there', which is not there"))
        let old = #"printf 'x.%s.y' "$(printf '{"exp":1000,"sub":"me"}' | base64)""#
        #expect(
            try say("\(bearer) --oauth-token-command '\(old.replacing("'", with: "'\\''"))'", status: 5)
                .contains("expired"))
    }
}
