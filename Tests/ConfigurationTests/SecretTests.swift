import Configuration
import Console
import Foundation
import JSON
import TestPrograms
import Testing

@Suite("Secrets of configurations") struct SecretTests {
    private let secret = "s3cr3t-geheim"

    /// Everything that can be printed of a configuration with this text, right or wrong.
    private func outputs(_ text: String, _ environment: [String: String]) throws -> [String] {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/c.yaml"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let settings: Settings
        do throws(ConfigurationError) {
            settings = try SettingsFiles(file: path, environment: environment).load(Sample.schema)
        } catch {
            var dumped = ""
            dump(error, to: &dumped)
            return ["\(error)", dumped, error.hint ?? ""]
        }
        var found: [String] = []
        for all in [true, false] {
            let view = SettingsView(settings, includesDefaults: all) {
                $0.name == "password" ? [environment["FLAG"] ?? "x"] : nil
            }
            for origins in [true, false] {
                found += [view.yaml(origins: origins), view.json(origins: origins).text]
            }
            var dumped = ""
            dump(view, to: &dumped)
            found.append(dumped)
        }
        return found + settings.warnings.map { "\($0)" }
    }

    @Test("no output shows a secret, whichever way it came and whatever is wrong with it")
    func leakage() throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/secret"
        try Data(secret.utf8).write(to: URL(fileURLWithPath: file))
        let environment = [
            "S": secret, "TRIBUTARY_KAFKA_SASL_PASSWORD": secret, "TRIBUTARY_LOGIN_PASSWORD": secret, "FLAG": secret,
        ]
        let texts = [
            "login: {password: \(secret)}", "login: {password: '${S}'}", "login: {password: '${file:\(file)}'}",
            "login: {code: \(secret)}", "login: {code: '${S}'}", "login: {password: [\(secret)]}",
            "login: {password: {x: [{token: \(secret)}]}}", "kafka: {sasl.password: \(secret)}",
            "kafka: {sasl: {password: \(secret)}}", "kafka: {ssl.key.pem: \(secret)}",
            "kafka: {sasl.jaas.config: \(secret)}", "kafka: {sasl.oauthbearer.config: \(secret)}",
            "kafka: {basic.auth.user.info: 'u:\(secret)'}", "kafka: {list: [{password: \(secret)}]}",
            "kafka: {url: 'http://u:\(secret)@host/x'}", "kafka: {url: 'http://\(secret)@host'}",
            "kafka: {any: '${file:\(file)}'}", "app: {threads: '${S}'}", "app: {threads: '${file:\(file)}'}",
            "app: {strict: '${S}'}", "app: {tags: ['${file:\(file)}']}", "kafka: {headers: {authorization: \(secret)}}",
            "kafka: {headers: {x-key: \(secret)}}", "kafka: {apiKey: \(secret)}", "kafka: {accessKey: [\(secret)]}",
            "login: {password: \(secret)", "login: {password: &x \(secret), code: *y}", "login:\n\tpassword: \(secret)",
            "login: {password: \"\(secret)}", "kafka: {sasl.password: \(secret), sasl: {password: \(secret)}}",
            "login: {password: !!int \(secret)}", "login: {passwort: \(secret)}",
        ]
        for text in texts {
            for output in try outputs(text + "\n", environment) {
                #expect(!output.contains(secret), "of '\(text)'")
            }
        }
    }

    @Test("what is no secret is shown")
    func shown() throws {
        let found = try outputs(
            "kafka: {sasl.username: anna, sasl.oauthbearer.token.endpoint.url: 'https://id/x', linger.ms: 5}\n", [:])
        for text in ["sasl.username: anna", "https://id/x", "\"linger.ms\":5"] {
            let isShown = found.contains { $0.contains(text) }
            #expect(isShown, "\(text)")
        }
    }

    @Test("the view is YAML that reads as the same tree")
    func viewReadsBack() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed)
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/c.json"
        for _ in 0..<200 {
            let value = JSONValue.object([JSONMember("kafka", RandomTree.object(&random, depth: 0))])
            try Data(value.text.utf8).write(to: URL(fileURLWithPath: path))
            let settings = try SettingsFiles(file: path, environment: [:]).load(Sample.schema)
            let view = SettingsView(settings, includesDefaults: false)
            for origins in [true, false] {
                let again = try ConfigurationFile.parse(Array(view.yaml(origins: origins).utf8), path: "v.yaml").json
                #expect(again == view.json(origins: false), "seed \(seed)")
            }
        }
    }
}
