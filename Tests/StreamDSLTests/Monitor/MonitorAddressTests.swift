import Testing

@testable import StreamDSL

@Suite("MonitorAddress")
struct MonitorAddressTests {
    @Test(
        "a port, or an address and a port",
        arguments: [
            ("8080", "127.0.0.1:8080"), ("0", "127.0.0.1:0"), ("localhost:9", "127.0.0.1:9"), ("*:9", "0.0.0.0:9"),
            (":9", "0.0.0.0:9"), ("10.0.0.7:65535", "10.0.0.7:65535"),
        ])
    func read(text: String, address: String) { #expect(MonitorAddress(text)?.description == address) }

    @Test(
        "anything else is refused", arguments: ["", ":", "65536", "-1", "+1", "a:1", "1.2.3:4", "1.2.3.4.5:6", "::1"])
    func refused(text: String) { #expect(MonitorAddress(text) == nil) }
}
