import AgentOperators
import Configuration
import Console
import Foundation
import Operations
import TestPrograms
import Testing

@Suite("Limits and registry of a configuration") struct LimitSettingsTests {
    private func settings(_ text: String) throws -> Settings {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/c.yaml"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let parameters = LimitSettings.parameters + RegistrySettings.parameters
        return try SettingsFiles(file: path, environment: [:]).load(
            SettingsSchema(parameters.map(\.anySpecification)))
    }

    @Test("limits are made of their section; what is missing is told")
    func limits() throws {
        let settings = try settings("limits: {p: {requestsPerMinute: 5, maxConcurrent: 3}, q: {tokensPerMinute: 9}}\n")
        let room = try Bulkhead("p", in: settings)
        #expect(room.maxConcurrent == 3)
        #expect(room.maxWaiting == 1_000)
        _ = try ModelRate("q", in: settings)
        var said: [String] = []
        for name in ["q", "r"] {
            do { _ = try Bulkhead(name, in: settings) } catch { said.append(error.problems[0].message) }
        }
        #expect(
            said == ["'limits.q.maxConcurrent' is required", "there is no 'r' below 'limits' in the configuration"])
    }

    @Test("the schema registry is checked by its rules, and its password not shown")
    func registry() throws {
        let config = try settings(
            "schemaRegistry: {url: 'https://r', username: u, password: 007, caLocation: ca.pem}\n"
        )
        .schemaRegistry()
        #expect(config?.properties["basic.auth.user.info"] == "u:007")
        #expect(config?.caLocation == "ca.pem")
        let none = try settings("").schemaRegistry()
        #expect(none == nil)
        var said = ""
        do {
            _ = try settings("schemaRegistry: {url: 'https://r', password: geheim}\n").schemaRegistry()
        } catch let error as ConfigurationError {
            said = error.description
        }
        #expect(said == "Configuration validation failed: API secret provided without API key")
    }
}
