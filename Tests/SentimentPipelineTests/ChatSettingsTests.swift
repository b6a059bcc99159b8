import Foundation
import Testing

@testable import SentimentPipeline

struct ChatSettingsTests {
    @Test func `all variables together make settings`() throws {
        let settings = try #require(
            try ChatSettings.from(environment: [
                "OPENAI_BASE_URL": "https://api.example.org/v1//", "OPENAI_MODEL": "small", "OPENAI_API_KEY": "sk-1",
                "OPENAI_REQUESTS_PER_MINUTE": "60",
            ]))
        #expect(settings.endpoint.absoluteString == "https://api.example.org/v1/chat/completions")
        #expect(settings.model == "small")
        #expect(settings.key?.revealed == "sk-1")
        #expect(settings.requestsPerMinute == 60)
    }

    @Test func `without address and model there are no settings, and empty counts as not set`() throws {
        #expect(try ChatSettings.from(environment: [:]) == nil)
        #expect(
            try ChatSettings.from(environment: ["OPENAI_BASE_URL": "", "OPENAI_MODEL": "", "OPENAI_API_KEY": "sk-1"])
                == nil)
    }

    @Test(arguments: [
        (["OPENAI_MODEL": "m"], "OPENAI_MODEL is set and OPENAI_BASE_URL is not: set both, or neither"),
        (["OPENAI_BASE_URL": "http://h/v1"], "OPENAI_BASE_URL is set and OPENAI_MODEL is not: set both, or neither"),
        (
            ["OPENAI_BASE_URL": "http://h/v1", "OPENAI_MODEL": "m", "OPENAI_REQUESTS_PER_MINUTE": "many"],
            "OPENAI_REQUESTS_PER_MINUTE is 'many': it must be a whole number"
        ),
        (
            ["OPENAI_BASE_URL": "http://h/v1", "OPENAI_MODEL": "m", "OPENAI_REQUESTS_PER_MINUTE": "0"],
            "OPENAI_REQUESTS_PER_MINUTE is 0: it must be 1 or more"
        ),
        (
            ["OPENAI_BASE_URL": "http://u:p@h/v1", "OPENAI_MODEL": "m"],
            "OPENAI_BASE_URL holds a user or password: give the key in OPENAI_API_KEY"
        ),
    ])
    func `what makes no sense is refused with what to do`(environment: [String: String], message: String) {
        let failure = #expect(throws: ChatFailure.self) { try ChatSettings.from(environment: environment) }
        #expect(failure?.message == message)
        #expect(failure?.code == .invalidSettings)
        #expect(failure?.isRetryable == false)
    }

    @Test(arguments: [
        "", "/", "v1", "ftp://h/v1", "http://", "http:///v1", "http://h/v1?key=1", "http://h/v1#x", "file:///etc",
        "a b",
    ])
    func `an address that is none is refused`(address: String) {
        #expect(throws: ChatFailure.self) { try ChatSettings(baseURL: address, model: "m") }
    }

    @Test(arguments: ["", "sk 1", "sk-1\n", "sk-1\r\nX: y", "schlüssel"])
    func `a key that no header can carry is refused and not shown`(key: String) {
        let failure = #expect(throws: ChatFailure.self) { try ChatSettings(baseURL: "http://h", model: "m", key: key) }
        #expect(key.isEmpty || failure?.message.contains(key) == false)
    }

    @Test func `no print shows the key`() throws {
        let settings = try ChatSettings(baseURL: "http://h", model: "m", key: "sk-very-secret")
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), dumped] {
            #expect(!text.contains("very-secret"))
        }
    }
}
