import Foundation
import FoundationNetworking
import StreamCore
import Testing

@testable import HTTPServer

@Suite("HTTPServer", .timeLimit(.minutes(15)))
struct HTTPServerTests {
    private func fetch(
        _ server: HTTPServer, _ path: String, method: String = "GET", body: Data? = nil
    ) async throws -> (Data, HTTPURLResponse) {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(server.port)\(path)")))
        request.httpMethod = method
        request.httpBody = body
        request.setValue("yes", forHTTPHeaderField: "X-Test")
        let (data, response) = try await URLSession.shared.data(for: request)
        return (data, try #require(response as? HTTPURLResponse))
    }

    @Test func `a request comes as it was sent and the answer as it was given`() async throws {
        let server = try HTTPServer { request in
            let words = [
                request.method, request.path, request.parameter("q") ?? "-", request.header("x-test") ?? "-",
                request.body.utf8 ?? "-",
            ]
            return HTTPResponse(
                status: 201, headers: [HTTPField("X-Answer", "42")],
                body: .bytes(Bytes(words.joined(separator: "|"))))
        }
        let (data, response) = try await fetch(server, "/a%20b?q=1%2B1&p", method: "POST", body: Data("grüße".utf8))
        #expect(String(decoding: data, as: UTF8.self) == "POST|/a b|1+1|yes|grüße")
        #expect(response.statusCode == 201)
        #expect(response.value(forHTTPHeaderField: "X-Answer") == "42")
        server.stop()
    }

    @Test func `bodies of several megabytes go both ways`() async throws {
        let server = try HTTPServer { request in HTTPResponse(body: .bytes(request.body)) }
        let body = Data((0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let (data, _) = try await fetch(server, "/", method: "PUT", body: body)
        #expect(data == body)
    }

    @Test func `a body beyond the limit is refused`() async throws {
        let server = try HTTPServer(.init(maxBodyBytes: 1_000)) { _ in .text("well") }
        let (_, response) = try await fetch(server, "/", method: "POST", body: Data(count: 2_000))
        #expect(response.statusCode == 413)
        let (_, small) = try await fetch(server, "/", method: "POST", body: Data(count: 1_000))
        #expect(small.statusCode == 200)
    }

    @Test func `a streamed body comes in order and ends`() async throws {
        let server = try HTTPServer { _ in
            HTTPResponse(
                body: .stream { writer in
                    for number in 0..<2_000 {
                        try await writer.write("\(number),")
                        if number % 500 == 0 { try await Task.sleep(for: .milliseconds(1)) }
                    }
                    try await writer.write(Bytes([UInt8](repeating: 7, count: 1_000_000)))
                })
        }
        let (data, _) = try await fetch(server, "/")
        let expected = (0..<2_000).map { "\($0)," }.joined()
        #expect(data.prefix(expected.utf8.count) == Data(expected.utf8))
        #expect(data.count == expected.utf8.count + 1_000_000)
    }

    @Test func `many slow handlers run at once on one thread`() async throws {
        let server = try HTTPServer { request in
            try? await Task.sleep(for: .milliseconds(50))
            return .text(request.path)
        }
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<60 {
                group.addTask {
                    String(decoding: try await fetch(server, "/\(number)").0, as: UTF8.self)
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(answers == Set((0..<60).map { "/\($0)" }))
    }

    @Test func `a cut answer and a cut body are failures for the client`() async throws {
        struct Broken: Error {}
        let server = try HTTPServer { request in
            guard request.path == "/body" else { return .cut }
            return HTTPResponse(
                body: .stream { writer in
                    try await writer.write("some")
                    throw Broken()
                })
        }
        await #expect(throws: (any Error).self) { try await fetch(server, "/") }
        await #expect(throws: (any Error).self) { try await fetch(server, "/body") }
    }

    @Test func `a stop cuts what is under way and cancels its handlers`() async throws {
        let (started, starts) = AsyncStream.makeStream(of: Void.self)
        let (ended, ends) = AsyncStream.makeStream(of: Bool.self)
        let server = try HTTPServer { _ in
            starts.yield()
            try? await Task.sleep(for: .seconds(3_600))
            ends.yield(Task.isCancelled)
            return .text("late")
        }
        let call = Task { try await fetch(server, "/") }
        var starting = started.makeAsyncIterator()
        await starting.next()
        server.stop()
        server.stop()
        var ending = ended.makeAsyncIterator()
        #expect(await ending.next() == true)
        await #expect(throws: (any Error).self) { try await call.value }
    }

    @Test func `a port that is taken and an address that is none are named`() throws {
        let server = try HTTPServer { _ in .text("one") }
        #expect(throws: HTTPServerError.self) { try HTTPServer(.init(port: server.port)) { _ in .text("two") } }
        #expect(throws: HTTPServerError.self) { try HTTPServer(.init(address: "nowhere")) { _ in .text("two") } }
        #expect(throws: HTTPServerError.self) { try HTTPServer(.init(port: 70_000)) { _ in .text("two") } }
    }
}
