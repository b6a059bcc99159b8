import Console
import EventLog
import Foundation
import StreamCore

/// Where tokens for SASL OAUTHBEARER come from on the command line.
enum TokenOptions {
    static let file = Parameter.option(
        "oauth-token-file", ValueFormat<String>.path,
        help: "a token for sasl.mechanism OAUTHBEARER; read anew whenever one is needed"
    ).environment("TRIBUTARY_OAUTH_TOKEN_FILE").setting("oauth.tokenFile")
    static let command = Parameter.option(
        "oauth-token-command", ValueFormat<String>.text.named("COMMAND"),
        help: "a shell command that prints a token; run whenever one is needed"
    ).environment("TRIBUTARY_OAUTH_TOKEN_COMMAND").setting("oauth.tokenCommand")

    static var all: [any AnyParameter] { [file, command] }

    /// What gives tokens; nil when nothing is said.
    ///
    /// - Throws: ``CommandError`` when both are given.
    static func source(_ invocation: Invocation) throws(CommandError) -> (@Sendable () throws -> KafkaToken)? {
        switch (try invocation[file], try invocation[command]) {
        case (nil, nil): return nil
        case (let path?, nil):
            return {
                var warnings: [String] = []
                return try token(try SecretFile.read(path, for: "--oauth-token-file", &warnings))
            }
        case (nil, let line?): return { try token(try run(line)) }
        case (.some, .some):
            throw .usage("tokens come from --oauth-token-file or from --oauth-token-command, not from both")
        }
    }

    /// What `text` says of itself when it is a JWT; any other token is taken to be good for five minutes.
    static func token(_ text: String) throws -> KafkaToken {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        var token = KafkaToken(text, expires: SystemWallClock().now() + .minutes(5))
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let claims = claims(parts[1]) else { return token }
        if let seconds = claims["exp"]?.integerValue { token.expires = Timestamp(milliseconds: seconds * 1_000) }
        if let subject = claims["sub"]?.stringValue { token.principal = subject }
        return token
    }

    private static func claims(_ part: Substring) -> JSONValue? {
        let plain = part.replacing("-", with: "+").replacing("_", with: "/")
        let padded = plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)
        guard let data = Data(base64Encoded: String(padded)), let text = String(data: data, encoding: .utf8) else {
            return nil
        }
        return try? JSONValue(parsing: text)
    }

    /// What the shell command `line` prints; what it says on stderr goes to ours.
    private static func run(_ line: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", line]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let limit = DispatchWorkItem { process.terminate() }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(30), execute: limit)
        defer { limit.cancel() }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw CommandError(
                .failure,
                process.terminationReason == .exit
                    ? "--oauth-token-command ended with \(process.terminationStatus)"
                    : "--oauth-token-command was ended by signal \(process.terminationStatus), perhaps after 30 s")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw CommandError(.failure, "--oauth-token-command printed what is no UTF-8 text")
        }
        return text
    }
}
