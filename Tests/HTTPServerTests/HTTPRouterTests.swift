import HTTPServer
import StreamCore
import Testing

@Suite("HTTPRouter", .timeLimit(.minutes(15)))
struct HTTPRouterTests {
    private static func saying(_ path: HTTPRoute.Path, _ text: String, _ methods: [String] = ["GET"]) -> HTTPRoute {
        HTTPRoute(path, methods: methods, summary: "says \(text)") { _ in .text(text) }
    }

    private let router = HTTPRouter([
        saying(.exactly("/"), "index"), saying(.exactly("/health"), "health"), saying(.below("/subjects"), "subjects"),
        saying(.below("/subjects/config"), "config", ["GET", "PUT"]), saying(.exactly("/mcp"), "mcp", ["POST"]),
        saying(.exactly("/mcp"), "end", ["DELETE"]),
    ])

    private func ask(_ method: String, _ path: String) async -> (Int, String, [HTTPField]) {
        let response = await router.answer(HTTPRequest(method: method, path: path))
        guard case .bytes(let bytes) = response.body else { return (response.status, "", response.headers) }
        return (response.status, bytes.utf8 ?? "", response.headers)
    }

    @Test(
        "the longest path that is meant answers",
        arguments: [
            ("/", "index"), ("/health", "health"), ("/health/", "health"), ("/subjects", "subjects"),
            ("/subjects/a/b", "subjects"), ("/subjects/config", "config"), ("/subjects/config/x", "config"),
        ])
    func longest(path: String, answer: String) async {
        let (status, text, _) = await ask("GET", path)
        #expect(status == 200)
        #expect(text == answer)
    }

    @Test(
        "a path that nobody has is 404 with the list of what there is", arguments: ["/no", "/subjectsx", "", "health"])
    func unknown(path: String) async {
        let (status, text, _) = await ask("GET", path)
        #expect(status == 404)
        #expect(text.contains("/health"))
        #expect(text.contains("says mcp"))
    }

    @Test("another method is 405 and says which are taken; HEAD is taken where GET is")
    func methods() async {
        let (status, _, headers) = await ask("GET", "/mcp")
        #expect(status == 405)
        #expect(headers.contains(HTTPField("Allow", "POST, DELETE")))
        #expect(await ask("DELETE", "/mcp").1 == "end")
        #expect(await ask("HEAD", "/health").0 == 200)
        #expect(await ask("PUT", "/health").2.contains(HTTPField("Allow", "GET, HEAD")))
    }

    @Test("a client's path comes back without what would change the look of the answer")
    func hostile() async {
        let (status, text, _) = await ask("GET", "/<script>\r\n\u{1b}[2J" + String(repeating: "x", count: 10_000))
        #expect(status == 404)
        #expect(!text.contains("<"))
        #expect(!text.contains("\u{1b}"))
        #expect(text.utf8.count < 1_000)
    }
}
