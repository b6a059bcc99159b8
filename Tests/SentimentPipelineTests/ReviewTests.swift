import Foundation
import StreamCore
import Testing

@testable import SentimentPipeline

struct ReviewTests {
    private func decode(_ json: String) throws -> Review { try Serde<Review>.json().decode(Bytes(json)) }

    @Test func `a line of the topic is a review, whatever else it says`() throws {
        let review = try decode(
            #"{"id":"r-1","product":"kettle","text":"Grand! \u00e9 😀","at":1767603600000,"stars":5}"#)
        #expect(review == Review(id: "r-1", product: "kettle", text: "Grand! é 😀", at: 1_767_603_600_000))
    }

    @Test(arguments: [
        (#"{"product":"kettle","text":"t","at":1}"#, "not a valid json: field 'id' is missing"),
        (#"{"id":7,"product":"kettle","text":"t","at":1}"#, "not a valid json: field 'id' is not of type String"),
        (#"{"id":"7","product":"kettle","at":1}"#, "not a valid json: field 'text' is missing"),
        (
            #"{"id":"7","product":"kettle","text":null,"at":1}"#,
            "not a valid json: field 'text' is null where String is required"
        ),
        (#"{"id":"7","product":"kettle","text":"t","at":"1"}"#, "not a valid json: field 'at' is not of type Int64"),
    ])
    func `a missing field and one of the wrong type are refused by name`(json: String, message: String) {
        let error = #expect(throws: SerdeError.self) { try decode(json) }
        #expect(error.map { "\($0)" } == message)
    }

    @Test(arguments: [
        "", "null", "[]", "7", "{", #"{"id":"7","product":"k","text":"t","at":1.5}"#,
        #"{"id":"7","product":"k","text":"t","at":1e30}"#,
    ])
    func `anything else is refused`(json: String) {
        #expect(throws: SerdeError.self) { try decode(json) }
    }
}

struct TotalTests {
    @Test func `every sentiment is counted in its place and in all`() {
        var total = Total()
        for sentiment in [Sentiment.positive, .positive, .negative, .neutral] { total.add(sentiment) }
        total.add(Assessment(sentiment: .neutral, score: 0.05))
        #expect(total == Total(positive: 2, negative: 1, neutral: 2, count: 5))
    }

    @Test func `a total at the end of its range does not trap`() {
        var total = Total(positive: .max, negative: 0, neutral: 0, count: .max)
        total.add(.positive)
        #expect(total.negative == 0)
    }

    @Test func `as JSON it has the four names of the topic`() throws {
        let json = try Serde<Total>.json().encode(Total(positive: 2, negative: 1, neutral: 0, count: 3))
        #expect(json?.utf8 == #"{"count":3,"negative":1,"neutral":0,"positive":2}"#)
    }
}
