import Foundation
import Glibc
import StreamCore
import Synchronization
import Testing

@testable import HTTPServer

/// A client that writes whatever a test says.
private final class RawClient: Sendable {
    struct Broken: Error {}

    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = in_port_t(UInt16(port).bigEndian)
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let status = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 { throw Broken() }
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// What comes until the server closes or there are `count` bytes.
    func read(_ count: Int = .max) -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while all.count < count {
            let got = recv(descriptor, &buffer, buffer.count, 0)
            guard got > 0 else { break }
            all += buffer[..<got]
        }
        return String(decoding: all, as: UTF8.self)
    }

    func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}

@Suite("Hostile clients", .timeLimit(.minutes(15)))
struct HostileClientTests {
    private let get = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

    private func isAlive(_ server: HTTPServer) throws -> Bool {
        let client = try RawClient(port: server.port)
        client.send("GET /alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return client.read().hasSuffix("/alive")
    }

    @Test(
        arguments: [
            "\u{0}\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "GET /%zz%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        ])
    func `garbage is refused, and others are served`(_ text: String) throws {
        let server = try HTTPServer { .text($0.path) }
        let client = try RawClient(port: server.port)
        client.send(text)
        client.hangUp()
        _ = client.read()
        let alive = try isAlive(server)
        #expect(alive)
    }

    @Test func `headers beyond all measure are refused`() throws {
        let server = try HTTPServer { .text($0.path) }
        let client = try RawClient(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + String(repeating: "x", count: 1 << 20) + "\r\n\r\n")
        let answer = client.read()
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"))
        let alive = try isAlive(server)
        #expect(alive)
    }

    @Test func `requests in one packet are answered in their order`() throws {
        let server = try HTTPServer { request in
            if request.path == "/1" { try? await Task.sleep(for: .milliseconds(20)) }
            return .text("<\(request.path)>")
        }
        let client = try RawClient(port: server.port)
        client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let answer = client.read()
        let first = try #require(answer.range(of: "</1>"))
        let second = try #require(answer.range(of: "</2>"))
        #expect(first.lowerBound < second.lowerBound)
    }

    @Test func `clients that hang up at any moment leave nothing behind`() async throws {
        let open = Mutex((handlers: 0, writers: 0, begun: 0))
        let server = try HTTPServer { request in
            open.withLock { open in
                open.handlers += 1
                open.begun += 1
            }
            defer { open.withLock { $0.handlers -= 1 } }
            try? await Task.sleep(for: .milliseconds(3))
            guard request.path == "/x" else { return .text(request.path) }
            return HTTPResponse(
                body: .stream { writer in
                    open.withLock { $0.writers += 1 }
                    defer { open.withLock { $0.writers -= 1 } }
                    while true { try await writer.write(Bytes([UInt8](repeating: 0x61, count: 10_000))) }
                })
        }
        for number in 0..<60 {
            let client = try RawClient(port: server.port)
            client.send(number % 3 == 0 ? String(get.prefix(number % get.utf8.count)) : get)
            if number % 3 == 2 { _ = client.read(50_000) }
            client.hangUp()
        }
        while open.withLock({ $0.handlers + $0.writers }) > 0 { try await Task.sleep(for: .milliseconds(5)) }
        let alive = try isAlive(server)
        #expect(alive)
        #expect(open.withLock { $0.begun } >= 40)
        server.stop()
    }
}
