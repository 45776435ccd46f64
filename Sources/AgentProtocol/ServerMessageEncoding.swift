import FoundationEssentials

extension ServerMessage {
    /// The message as the wire carries it, in camelCase.
    public var json: JSONValue {
        var top: [String: JSONValue] = [:]
        var native: [String: JSONValue] = [:]
        native["seq"] = sequence.map(JSONValue.integer)
        native["time"] = time.map { .string($0.description) }
        native["turn"] = turn.map(JSONValue.string)
        native["re"] = re?.json
        native["source"] = source.map(JSONValue.string)
        if isUnsolicited { native["unsolicited"] = true }
        write(into: &top, native: &native)
        if !native.isEmpty { top["mm"] = .object(native) }
        if hasPartMetadata, let part = top["serverContent"]?["modelTurn"]?["parts"]?.array?.first?.object {
            let parts: JSONValue = [.object(part.merging(["partMetadata": ["mm": .object(native)]]) { $1 })]
            top["serverContent"] = ["modelTurn": ["role": "model", "parts": parts]]
        }
        return .object(top)
    }

    private func write(into top: inout [String: JSONValue], native: inout [String: JSONValue]) {
        switch event {
        case .setupComplete(let setup):
            top["setupComplete"] = setup.json
        case .modelTurn(let text) where medium == .transcript:
            top["serverContent"] = ["outputTranscription": ["text": .string(text)]]
        case .generationComplete where medium == .transcript:
            top["serverContent"] = ["outputTranscription": ["text": "", "finished": true], "generationComplete": true]
        case .modelTurn(let text):
            top["serverContent"] = ["modelTurn": ["role": "model", "parts": [["text": .string(text)]]]]
        case .thought(let text):
            top["serverContent"] = ["modelTurn": ["role": "model", "parts": [["text": .string(text), "thought": true]]]]
        case .generationComplete:
            top["serverContent"] = ["generationComplete": true]
        case .turnComplete(let turn):
            var content: [String: JSONValue] = ["turnComplete": true]
            content["turnCompleteReason"] = turn.reason.map { .string($0.rawValue) }
            top["serverContent"] = .object(content)
            top["usageMetadata"] = turn.usage?.json
            native["evidence"] = turn.evidence?.json
            native["timing"] = turn.timing?.json
        case .toolCall(let calls):
            top["toolCall"] = [
                "functionCalls": .array(calls.map { ["id": .string($0.id), "name": .string($0.name), "args": $0.arguments] })
            ]
        case .toolCallCancellation(let ids):
            top["toolCallCancellation"] = ["ids": .array(ids.map(JSONValue.string))]
        case .interrupted:
            top["serverContent"] = ["interrupted": true]
        case .inputTranscription(let transcription):
            top["serverContent"] = ["inputTranscription": transcription.json]
        case .interimInputTranscription(let transcription):
            top["serverContent"] = ["interimInputTranscription": transcription.json]
        case .voiceActivity(let activity):
            top["voiceActivity"] = ["type": .string(activity.kind.rawValue), "audioOffset": .string(activity.offset.wire)]
        case .goAway(let timeLeft):
            top["goAway"] = ["timeLeft": .string(timeLeft.wire)]
        case .error(let error):
            // Both forms: Python SDKs read the flat one, Go the nested one.
            top = error.json
            top["error"] = .object(error.json)
            if native["re"] == nil { native["re"] = error.re?.json }
            native["fatal"] = .bool(error.isFatal)
        case .observation(let observation):
            native["observation"] = observation.json
        case .health(let health):
            native["health"] = health.json
        case .device(let device):
            native["device"] = device.json
        case .gap(let gap):
            native["gap"] = gap.json
        case .sessionResumptionUpdate(let handle):
            top["sessionResumptionUpdate"] = ["newHandle": .string(handle), "resumable": true]
        case .reply(let reply):
            if let (name, value) = reply.json { native[name] = value }
        }
    }
}

/// An object whose nil members are left out.
func compact(_ members: [String: JSONValue?]) -> JSONValue {
    .object(members.compactMapValues { $0 })
}

extension SetupComplete {
    var json: JSONValue {
        var native: [String: JSONValue] = [
            "version": .integer(Int64(ProtocolVersion.current)), "server": .string(server),
            "features": .array(features.map(JSONValue.string)), "next": .integer(next),
        ]
        if !limits.isEmpty { native["limits"] = .object(limits.mapValues { .integer(Int64($0)) }) }
        native["role"] = role.map { .string($0.rawValue) }
        if !ignored.isEmpty { native["ignored"] = .array(ignored.map(JSONValue.string)) }
        return ["sessionId": .string(sessionID), "mm": .object(native)]
    }
}

extension StatusError {
    var json: [String: JSONValue] {
        var details: [JSONValue] = []
        if let reason {
            details.append(["@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": .string(reason), "domain": "mmagentd"])
        }
        return [
            "code": .integer(Int64(status.code)), "status": .string(status.rawValue), "message": .string(message),
            "details": .array(details),
        ]
    }
}

extension Usage {
    var json: JSONValue {
        compact([
            "promptTokenCount": .integer(Int64(promptTokens)),
            "responseTokenCount": .integer(Int64(responseTokens)),
            "totalTokenCount": .integer(Int64(promptTokens + responseTokens + thoughtTokens)),
            "thoughtsTokenCount": thoughtTokens == 0 ? nil : .integer(Int64(thoughtTokens)),
            "toolUsePromptTokenCount": toolTokens == 0 ? nil : .integer(Int64(toolTokens)),
            "cachedContentTokenCount": cachedTokens.map { .integer(Int64($0)) },
            "promptTokensDetails": promptDetails.isEmpty
                ? nil
                : .array(
                    promptDetails.sorted { $0.key < $1.key }.map { ["modality": .string($0.key), "tokenCount": .integer(Int64($0.value))] })
                ,
        ])
    }
}

extension Evidence {
    var json: JSONValue {
        [
            "frames": .array(frames.map { ["time": .string($0.time.wire), "age": .string($0.age.wire)] }),
            "audio": .array(audio.map { ["from": .string($0.from.wire), "to": .string($0.to.wire)] }),
        ]
    }
}

extension Timing {
    var json: JSONValue {
        compact(["firstToken": .string(firstToken.wire), "total": total.map { .string($0.wire) }])
    }
}

extension Transcription {
    var json: JSONValue {
        compact([
            "text": .string(text), "finished": .bool(isFinished), "languageCode": languageCode.map(JSONValue.string),
            "startOffset": start.map { .string($0.wire) }, "endOffset": end.map { .string($0.wire) },
        ])
    }
}

extension Observation {
    var json: JSONValue {
        compact([
            "text": .string(text), "source": source.map(JSONValue.string), "score": score.map(JSONValue.number),
            "time": time.map { .string($0.wire) },
        ])
    }
}

extension Health {
    var json: JSONValue {
        compact([
            "component": .string(component), "state": .string(state.rawValue), "message": .string(message),
            "values": values.isEmpty ? nil : .object(values),
        ])
    }
}

extension Gap {
    var json: JSONValue {
        switch self {
        case .events(let from, let to): ["from": .integer(from), "to": .integer(to)]
        case .media(let modality, let from, let to, let reason):
            ["modality": .string(modality.rawValue), "from": .string(from.wire), "to": .string(to.wire), "reason": .string(reason)]
        }
    }
}

extension DeviceReport {
    var json: JSONValue {
        compact([
            "modality": .string(modality.rawValue), "source": .string(source), "state": .string(state.rawValue),
            "detail": .string(detail), "counters": counters.isEmpty ? nil : .object(counters.mapValues(JSONValue.integer)),
        ])
    }
}

extension StatusReport {
    var json: JSONValue {
        compact([
            "server": .string(server), "state": .string(state.rawValue), "message": .string(message), "uptime": .string(uptime.wire),
            "model": .string(model), "weights": .string(weights),
            "cachedTokens": .integer(Int64(cachedTokens)), "tokenBudget": .integer(Int64(tokenBudget)),
            "cacheBytes": .integer(cacheBytes), "residentBytes": .integer(residentBytes),
            "lag": .string(lag.wire), "clients": .integer(Int64(clients)),
            "devices": .array(devices.map(\.json)), "counters": .object(counters.mapValues(JSONValue.integer)),
            "warnings": .array(warnings.map(JSONValue.string)), "configuration": configuration.map(JSONValue.string),
        ])
    }
}

extension Reply {
    /// Member of `mm`; an acceptance is carried by `re` and `turn` alone.
    var json: (name: String, value: JSONValue)? {
        switch self {
        case .accepted: nil
        case .subscribed(let topics): ("subscribe", .array(topics.map(\.rawValue).sorted().map(JSONValue.string)))
        case .status(let report): ("status", report.json)
        case .devices(let reports): ("devices", .array(reports.map(\.json)))
        case .muted(let modality, let muted): ("mute", ["modality": .string(modality.rawValue), "muted": .bool(muted)])
        case .metrics(let page): ("metrics", ["mimeType": "text/plain; version=0.0.4", "text": .string(page)])
        case .snapshot(let snapshot):
            (
                "snapshot",
                [
                    "mimeType": "image/jpeg", "data": .string(Data(snapshot.jpeg).base64EncodedString()),
                    "width": .integer(Int64(snapshot.width)), "height": .integer(Int64(snapshot.height)), "age": .string(snapshot.age.wire),
                ]
            )
        case .reloaded(let message): ("reload", ["message": .string(message)])
        case .ignored(let fields, let message):
            ("ignored", compact(["fields": .array(fields.map(JSONValue.string)), "message": message?.json]))
        case .cancelled(let turn, let stopped):
            ("cancel", compact(["turn": turn.map(JSONValue.string), "cancelled": .bool(stopped)]))
        }
    }
}
