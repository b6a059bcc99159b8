/// Properties of Java's clients that librdkafka does not have, and what to write instead.
enum KafkaJavaNames {
    /// What a Java property is called here; nil for names that are no Java client's.
    static func advice(for name: String) -> String? {
        if let advice = advices[name] { return advice }
        return prefixes.first { name.hasPrefix($0.prefix) }?.advice
    }

    private static let advices: [String: String] = {
        let trust =
            "set ssl.ca.location to a file of PEM certificates (keytool -exportcert -rfc makes one of a truststore)"
        let stores =
            "set ssl.certificate.location and ssl.key.location to PEM files, or ssl.keystore.location to a PKCS#12 file"
        let serdes = "topics have serdes in the topology; remove it"
        return [
            "sasl.jaas.config": "set sasl.username and sasl.password",
            "sasl.client.callback.handler.class": "give a token with `oauthToken` or --oauth-token-file",
            "sasl.login.callback.handler.class": "give a token with `oauthToken` or --oauth-token-file",
            "sasl.login.class": "remove it",
            "ssl.truststore.location": trust, "ssl.truststore.password": "PEM needs none; " + trust,
            "ssl.truststore.type": trust, "ssl.truststore.certificates": "set ssl.ca.pem",
            "ssl.keystore.type": stores, "ssl.keystore.certificate.chain": "set ssl.certificate.pem",
            "ssl.keystore.key": "set ssl.key.pem", "ssl.protocol": "remove it: TLS 1.2 and later are used",
            "ssl.enabled.protocols": "remove it: TLS 1.2 and later are used",
            "key.deserializer": serdes, "value.deserializer": serdes, "key.serializer": serdes,
            "value.serializer": serdes, "default.key.serde": serdes, "default.value.serde": serdes,
            "max.poll.records": "remove it: how much is read at once follows from what tasks can take",
            "default.api.timeout.ms": "set `requestTimeout`", "max.block.ms": "set `requestTimeout`",
            "fetch.max.wait.ms": "set fetch.wait.max.ms", "buffer.memory": "set queue.buffering.max.kbytes",
            "max.request.size": "set message.max.bytes", "send.buffer.bytes": "set socket.send.buffer.bytes",
            "receive.buffer.bytes": "set socket.receive.buffer.bytes",
            "reconnect.backoff.max": "set reconnect.backoff.max.ms", "partitioner.class": "remove it",
            "interceptor.classes": "remove it", "metric.reporters": "remove it",
            "client.dns.lookup": "remove it: all addresses of a name are tried",
            "application.id": "the topology has its name; remove it",
            "application.server": "remove it", "num.stream.threads": "run with --workers",
            "state.dir": "run with --data-dir", "processing.guarantee": "remove it: exactly once is the default",
            "commit.interval.ms": "run with --commit-interval", "replication.factor": "set `replicationFactor`",
        ]
    }()

    private static let prefixes: [(prefix: String, advice: String)] = [
        ("schema.registry.", "the Kafka client knows no schema registry; remove it"),
        ("basic.auth.", "the Kafka client knows no schema registry; remove it"),
        ("sasl.kerberos.ticket.", "set sasl.kerberos.kinit.cmd and sasl.kerberos.min.time.before.relogin"),
        ("ssl.trustmanager.", "remove it: OpenSSL is used"), ("ssl.keymanager.", "remove it: OpenSSL is used"),
        ("ssl.secure.random.", "remove it: OpenSSL is used"), ("ssl.engine.factory.", "remove it: OpenSSL is used"),
        ("metrics.", "remove it"),
    ]
}
