import AgentOperators
import ChatModels
import Configuration
import Console
import Foundation
import Operations
import StreamCore
import TestPrograms
import Testing

@Suite("Models of a configuration") struct ModelSettingsTests {
    private func settings(_ text: String, _ environment: [String: String] = [:]) throws -> Settings {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/c.yaml"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let schema = SettingsSchema(ModelSettings.parameters.map(\.anySpecification))
        return try SettingsFiles(file: path, environment: environment).load(schema)
    }

    @Test("a chat model is made of its section; its key is not shown")
    func model() throws {
        let settings = try settings(
            "models: {fast: {url: 'http://localhost:8000/v1', model: small, apiKey: geheim, timeout: 30s}}\n",
            ["TRIBUTARY_MODELS_FAST_MODEL": "other"])
        let declared = try settings.model("fast")
        #expect(declared.timeout == .seconds(30))
        #expect(declared.apiKey?.reveal() == "geheim")
        #expect(!"\(declared)".contains("geheim"))
        let model = try OpenAIChatModel("fast", in: settings)
        #expect(model.name == "other")
    }

    @Test("a model that is not there, or has no address, is refused with what to do")
    func refused() throws {
        let some = try settings("models: {fast: {url: 'ftp://x', model: small}, broken: {model: m}}\n")
        var said: [String] = []
        for name in ["fats", "broken", "fast"] {
            do {
                _ = try OpenAIChatModel(name, in: some)
            } catch {
                said.append(error.problems[0].message + (error.hint.map { " [\($0)]" } ?? ""))
            }
        }
        #expect(
            said == [
                "there is no model 'fats' in the configuration [did you mean 'fast'?]",
                "'models.broken.url' is required ['models.broken' has model]",
                "'models.fast.url' is no http or https address",
            ])
        var unknown = ""
        do {
            _ = try settings("models: {fast: {url: 'http://x', modle: small}}\n")
        } catch let error as ConfigurationError {
            unknown = error.hint ?? ""
        }
        #expect(unknown == "did you mean 'models.fast.model'?")
    }
}
