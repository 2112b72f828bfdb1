//! A real S3-compatible object store that we did not write: the `moto` server from PyPI, which `tests/run` installs.

use std::path::PathBuf;
use std::process::Command;

use crate::command::{clean_command, run_ok};
use crate::folder::TestFolder;
use crate::github::tools;
use crate::http::{Response, request};
use crate::process::{ChildGuard, start_server};
use crate::proxy::HoldingProxy;

/// A running object store with one empty bucket, and a user who may do everything in it.
#[derive(Debug)]
pub struct ObjectStore {
    port: u16,
    key_id: String,
    secret: String,
    child: ChildGuard,
    folder: TestFolder,
}

impl ObjectStore {
    /// The bucket.
    pub const BUCKET: &'static str = "recordings";

    /// Starts one. It lets everybody in until [`ObjectStore::lock`]. `None` when it is not installed.
    #[track_caller]
    pub fn start() -> Option<ObjectStore> {
        let program = python_tool("moto_server")?;
        let folder = TestFolder::new();
        let (child, port) = start_server(
            |port| {
                let mut command = clean_command(&program, folder.path());
                command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
                // Signatures are checked after so many requests, and so never unless it is asked for.
                command.env("INITIAL_NO_AUTH_ACTION_COUNT", "1000000");
                ChildGuard::spawn("the object store", &mut command, folder.join("log"))
            },
            |port| request(port, "GET", "/moto-api/", &[], "").is_some_and(|answer| answer.status == 200),
        );
        let mut store = ObjectStore { port, key_id: String::new(), secret: String::new(), child, folder };
        store.ask("PUT", &format!("/{}", ObjectStore::BUCKET), "");
        store.iam("Action=CreateUser&UserName=heal");
        store.iam(
            "Action=PutUserPolicy&UserName=heal&PolicyName=all&PolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C\
             %22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C\
             %22Resource%22%3A%22%2A%22%7D%5D%7D",
        );
        let key = store.iam("Action=CreateAccessKey&UserName=heal").body;
        let of = |tag: &str| {
            let (_, rest) = key.split_once(&format!("<{tag}>")).expect("an access key");
            rest.split_once('<').expect("an access key").0.to_owned()
        };
        (store.key_id, store.secret) = (of("AccessKeyId"), of("SecretAccessKey"));
        Some(store)
    }

    /// From now on only its user is let in.
    #[track_caller]
    pub fn lock(&self) {
        self.ask("POST", "/moto-api/reset-auth", "0");
    }

    /// The secret of its user.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Lets a command in.
    pub fn let_in<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", &self.key_id)
            .env("AWS_SECRET_ACCESS_KEY", &self.secret)
    }

    /// The keys of all objects, sorted.
    #[track_caller]
    pub fn keys(&self) -> Vec<String> {
        let answer = self.ask("GET", &format!("/{}?list-type=2", ObjectStore::BUCKET), "");
        let keys = answer.body.split("<Key>").skip(1).filter_map(|rest| rest.split_once('<'));
        keys.map(|(key, _)| key.to_owned()).collect()
    }

    /// The keys of files that are being sent in pieces, and are neither whole nor given up.
    #[track_caller]
    pub fn unfinished(&self) -> Vec<String> {
        let answer = self.ask("GET", &format!("/{}?uploads", ObjectStore::BUCKET), "");
        let uploads = answer.body.split("<Upload>").skip(1);
        let keys = uploads.filter_map(|rest| rest.split_once("<Key>")?.1.split_once('<'));
        keys.map(|(key, _)| key.to_owned()).collect()
    }

    /// A proxy before it, which can hold requests.
    pub fn behind_proxy(&self) -> HoldingProxy {
        HoldingProxy::before(self.port)
    }

    /// Puts another text in the place of an object, as another tool would.
    #[track_caller]
    pub fn put(&self, key: &str, text: &str) {
        let program = "import boto3, os, sys
store = boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL'])
store.put_object(Bucket=sys.argv[1], Key=sys.argv[2], Body=sys.argv[3].encode())";
        let python = python_tool("python").expect("the Python that the object store runs on");
        let mut command = clean_command(python, self.folder.path());
        run_ok(self.let_in(command.args(["-c", program, ObjectStore::BUCKET, key, text])));
    }

    #[track_caller]
    fn iam(&self, form: &str) -> Response {
        let headers = [
            // Which service is meant stands in here, and nobody checks the rest yet.
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/iam/aws4_request, \
                 SignedHeaders=host, Signature=x"
                    .to_owned(),
            ),
            ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
        ];
        self.expect_ok(request(self.port, "POST", "/", &headers, &format!("{form}&Version=2010-05-08")))
    }

    #[track_caller]
    fn ask(&self, method: &str, path: &str, body: &str) -> Response {
        self.expect_ok(request(self.port, method, path, &[], body))
    }

    #[track_caller]
    fn expect_ok(&self, answer: Option<Response>) -> Response {
        let log = || self.child.log();
        let answer = answer.unwrap_or_else(|| panic!("no answer; the object store said:\n{}", log()));
        assert!((200..300).contains(&answer.status), "{} {}\n{}", answer.status, answer.body, log());
        answer
    }
}

/// A program of the Python packages that `tests/run` installs.
pub fn python_tool(name: &str) -> Option<PathBuf> {
    Some(tools()?.join("python/bin").join(name)).filter(|program| program.is_file())
}
