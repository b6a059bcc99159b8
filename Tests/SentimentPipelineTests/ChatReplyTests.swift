import Foundation
import StreamCore
import Testing

@testable import SentimentPipeline

struct ChatReplyTests {
    @Test(arguments: [
        (#"{"sentiment":"negative","score":-1}"#, Assessment(sentiment: .negative, score: -1)),
        (#"{"score":0,"sentiment":"neutral"}"#, Assessment(sentiment: .neutral, score: 0)),
        (#"{"sentiment":"positive","score":1.0}"#, Assessment(sentiment: .positive, score: 1)),
        ("```JSON\n{\"sentiment\":\"neutral\",\"score\":0.1}\n```", Assessment(sentiment: .neutral, score: 0.1)),
    ])
    func `what was asked for is believed`(content: String, expected: Assessment) {
        #expect(ChatReply.assessment(in: content) == expected)
    }

    @Test(arguments: [
        "", "{}", "null", "true", "[]", #""positive""#, #"{"sentiment":"positive"}"#, #"{"score":1}"#,
        #"{"sentiment":"Positive","score":1}"#, #"{"sentiment":"positive","score":1.01}"#,
        #"{"sentiment":"positive","score":1e999}"#,
        #"{"sentiment":"positive","score":NaN}"#, #"{"sentiment":"positive","score":true}"#,
        #"{"sentiment":"positive","score":null}"#,
        #"{"sentiment":"positive","score":-0.1}"#, #"{"sentiment":"negative","score":0.1}"#,
        #"{"sentiment":["positive"],"score":1}"#,
        #"{"sentiment":"positive","score":1,"extra":null}"#, #"{"sentiment":"positive","score":1} and more"#,
        #"Sure! {"sentiment":"positive","score":1}"#, "```", "``````", "```json```", "```\n```", "```json\n```",
        "```json\n{\"sentiment\":\"positive\",\"score\":1}", String(repeating: "[", count: 100_000),
    ])
    func `nothing else is believed`(content: String) {
        #expect(ChatReply.assessment(in: content) == nil)
    }

    @Test func `a long body is shown in part and on one line`() throws {
        let reply = ChatReply(
            status: 500, retryAfter: nil, location: nil, body: Data(String(repeating: "x\n\u{1b}", count: 10_000).utf8))
        let failure = try #require(throws: ChatFailure.self) {
            try reply.assessment(now: Timestamp(milliseconds: 0), key: nil)
        }
        #expect(failure.message.count < 300)
        #expect(!failure.message.contains { $0.isNewline })
        #expect(!failure.message.contains("\u{1b}"))
    }
}
