import JSON
import StreamCore
import Testing

@Suite struct PythonTextTests {
    @Test(
        arguments: [
            (0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (0.1, "0.1"), (123_456.789, "123456.789"),
            (1e15, "1000000000000000.0"), (1e16, "1e+16"), (1.5e16, "1.5e+16"), (1e22, "1e+22"), (1e100, "1e+100"),
            (0.0001, "0.0001"), (0.00001, "1e-05"), (-1.25e-7, "-1.25e-07"), (.leastNonzeroMagnitude, "5e-324"),
            (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (9_007_199_254_740_992, "9007199254740992.0"),
            (9_735_000_000_000_000, "9735000000000000.0"), (-9_419_955_564_648_284, "-9419955564648284.0"),
            (12_345_678_901_234_568, "1.2345678901234568e+16"), (-12_345_678_901_234_568, "-1.2345678901234568e+16"),
        ] as [(Double, String)])
    func `numbers are written as Python's repr writes them`(_ number: Double, _ text: String) {
        #expect(JSONValue.double(number).pythonText == text)
    }

    @Test func `values are written as json.dumps writes them`() throws {
        let value: JSONValue = [
            "é😀\u{7f}": .array(["\u{1}\n\r\t\u{8}\u{c}\"\\/", .null, true, -3, .unsigned(.max)]), "a": .object([]),
            "b": .array([]),
        ]
        let text =
            #"{"\u00e9\ud83d\ude00\u007f": ["\u0001\n\r\t\b\f\"\\/", null, true, -3, 18446744073709551615], "a": {}, "b": []}"#
        #expect(value.pythonText == text)
        #expect(value.pythonBytes == Bytes(text))
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test func `text that is kept as it came is spelled anew, but a number is not`() throws {
        let kept = try JSONText(validating: Bytes(#"{"a":[1.50,"é"]}"#))
        #expect(JSONValue.verbatim(kept).pythonText == #"{"a": [1.5, "\u00e9"]}"#)
        let number = try JSONText(validating: Bytes("1.50"))
        #expect(JSONValue.array([.verbatim(number)]).pythonText == "[1.50]")
    }

    @Test func `numbers that JSON has no place for are strings, so that what is written can be read`() throws {
        let text = JSONValue.array([.double(.nan), .double(.infinity), .double(-.infinity)]).pythonText
        #expect(text == #"["NaN", "Infinity", "-Infinity"]"#)
        #expect(try JSONValue(parsing: text).pythonText == text)
    }
}
