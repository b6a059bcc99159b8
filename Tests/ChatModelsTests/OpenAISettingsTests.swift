import Foundation
import Testing

@testable import ChatModels

@Suite("OpenAISettings")
struct OpenAISettingsTests {
    @Test func `all variables together make settings`() throws {
        let settings = try #require(
            try OpenAISettings.from(environment: [
                "OPENAI_BASE_URL": "https://api.example.org/v1//", "OPENAI_MODEL": "small", "OPENAI_API_KEY": "sk-1",
                "OPENAI_REQUESTS_PER_MINUTE": "60",
            ]))
        #expect(settings.baseURL.absoluteString == "https://api.example.org/v1")
        #expect(settings.model == "small")
        #expect(settings.key == APIKey("sk-1"))
        #expect(settings.requestsPerMinute == 60)
    }

    @Test func `without address and model there are none, and empty counts as not set`() throws {
        #expect(try OpenAISettings.from(environment: [:]) == nil)
        #expect(
            try OpenAISettings.from(environment: ["OPENAI_BASE_URL": "", "OPENAI_MODEL": "", "OPENAI_API_KEY": "sk-1"])
                == nil)
    }

    @Test(arguments: [
        (["OPENAI_MODEL": "m"], "OPENAI_MODEL is set and OPENAI_BASE_URL is not: set both, or neither"),
        (["OPENAI_BASE_URL": "http://h/v1"], "OPENAI_BASE_URL is set and OPENAI_MODEL is not: set both, or neither"),
        (
            ["OPENAI_BASE_URL": "http://h/v1", "OPENAI_MODEL": "m", "OPENAI_REQUESTS_PER_MINUTE": "0"],
            "OPENAI_REQUESTS_PER_MINUTE is '0': it must be a whole number from 1"
        ),
        (
            ["OPENAI_BASE_URL": "http://u:p@h/v1", "OPENAI_MODEL": "m"],
            "OPENAI_BASE_URL holds a user or password: give the key in OPENAI_API_KEY"
        ),
    ])
    func `what makes no sense is refused with what to do`(environment: [String: String], message: String) {
        let error = #expect(throws: ChatModelError.self) { try OpenAISettings.from(environment: environment) }
        #expect(error?.message == message)
        #expect(error?.isRetryable == false)
    }

    @Test(arguments: [
        "/", "v1", "ftp://h/v1", "http://", "http:///v1", "http://h/v1?key=1", "http://h/v1#x", "file:///etc", "a b",
    ])
    func `an address that is none is refused`(address: String) {
        #expect(throws: ChatModelError.self) {
            try OpenAISettings.from(environment: ["OPENAI_BASE_URL": address, "OPENAI_MODEL": "m"])
        }
    }

    @Test(arguments: ["sk 1", "sk-1\n", "sk-1\r\nX: y", "schlüssel"])
    func `a key that no header can carry is refused and not shown`(key: String) {
        let error = #expect(throws: ChatModelError.self) {
            try OpenAISettings.from(
                environment: ["OPENAI_BASE_URL": "http://h", "OPENAI_MODEL": "m", "OPENAI_API_KEY": key])
        }
        #expect(error?.message.contains(key) == false)
    }
}
