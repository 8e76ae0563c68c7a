//! Everything is sent once more, in another split and another order of batches: each answer must be
//! the one that was heard first.

use serde_json::{Value, json};

use dai_ly_thu::clock;
use dai_ly_thu::domain::Id;
use dai_ly_thu::sync::wire::BatchAnswer;

use crate::http::Caller;
use crate::player::Player;

impl Player {
    /// Sends all that a phone ever handed in once more.
    ///
    /// # Errors
    /// An answer that is no replay, or another one than before.
    pub fn send_again(&mut self, phone: usize, caller: &mut Caller) -> Result<(), String> {
        let mut all: Vec<Value> = Vec::new();
        for (id, record) in self.model.records.iter().filter(|(_, it)| it.phone == phone) {
            for rev in record.revs.iter().filter(|it| it.heard.is_some()) {
                all.push(json!({
                    "id": id,
                    "rev": rev.rev,
                    "seq": rev.seq,
                    "kind": record.kind.as_str(),
                    "captured_at": clock::now(),
                    "body": rev.body,
                }));
            }
        }
        let installation_id = self.phones[phone].installation_id;
        let mut rest = &all[..];
        while !rest.is_empty() {
            let count = 1 + self.dice.throw(rest.len().min(12));
            let (batch, later) = rest.split_at(count);
            rest = later;
            let asked = envelope(installation_id, batch);
            let path = format!("/api/v1/sync/batches/{}", crate::cast::id(&mut self.dice));
            let (status, body) = caller.ask("PUT", &path, Some(&asked));
            if status != 200 {
                return Err(format!("what is known is refused: {status} {body}"));
            }
            let answer: BatchAnswer = serde_json::from_value(body).map_err(|it| it.to_string())?;
            if answer.results.len() != batch.len() {
                return Err(format!("{} answers to {} records", answer.results.len(), batch.len()));
            }
            for result in &answer.results {
                if !result.replayed {
                    return Err(format!("a known record was decided once more: {result:?}"));
                }
                self.model.hear(result)?;
            }
        }
        match self.dice.pick(&all).cloned() {
            Some(record) => self.send_changed(installation_id, record, caller),
            None => Ok(()),
        }
    }

    /// Another content under a known number is refused, and changes nothing.
    fn send_changed(
        &self,
        installation_id: Id,
        mut record: Value,
        caller: &mut Caller,
    ) -> Result<(), String> {
        record["body"]["address_of_nobody"] = json!("thôn 9");
        let asked = envelope(installation_id, std::slice::from_ref(&record));
        let path = format!("/api/v1/sync/batches/{installation_id}");
        let (_, body) = caller.ask("PUT", &path, Some(&asked));
        let result = &body["results"][0];
        if (&result["status"], &result["code"]) == (&json!("rejected"), &json!("content_changed")) {
            return Ok(());
        }
        Err(format!("other content under a known number is answered {body}"))
    }
}

fn envelope(installation_id: Id, records: &[Value]) -> Value {
    json!({
        "installation_id": installation_id,
        "protocol": 1,
        "sent_at": clock::now(),
        "pending_total": 0,
        "oldest_pending_at": null,
        "cursor": null,
        "records": records,
    })
}
