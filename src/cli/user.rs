//! `user`: for the first administrator, who nobody else can make, and for emergencies.

use std::io::BufRead;

use clap::{Args, Subcommand};

use super::{Failure, signed};
use crate::auth::Passwords;
use crate::auth::login::Login;
use crate::auth::passwords::acceptable;
use crate::clock;
use crate::config::{Database, Pepper};
use crate::domain::{Code, Id, PersonName, Role};
use crate::store::users::{self, User};
use crate::store::worklists::giving;
use crate::store::{Conn, StoreError, locks, sessions};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a user; prints his id
    #[command(after_help = CREATE)]
    Create(Create),
    /// Take a user out of use and end his sessions
    Disable(Named),
    /// Give a user another password and end his sessions
    ResetPassword(Reset),
}

const CREATE: &str = "\
Examples:
  dai-ly-thu user create --login admin --role admin --password-stdin < password.txt
  dai-ly-thu user create --login lan --role agent --group 0192f0c1-… --name 'Nguyễn Thị Lan' --password-stdin";

#[derive(Debug, Args)]
pub(super) struct Create {
    /// Letters a–z, digits and . _ - + @
    #[arg(long, value_parser = login)]
    login: Login,
    /// admin, supervisor, leader or agent
    #[arg(long, value_parser = role)]
    role: Role,
    /// The group's id: for agents and leaders
    #[arg(long, value_parser = id)]
    group: Option<Id>,
    /// The office's id: for supervisors
    #[arg(long, value_parser = id)]
    office: Option<Id>,
    /// The full name; the login when absent
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    password: Password,
    #[command(flatten)]
    database: Database,
}

#[derive(Debug, Args)]
pub(super) struct Named {
    #[arg(long, value_parser = login)]
    login: Login,
    #[command(flatten)]
    database: Database,
}

#[derive(Debug, Args)]
pub(super) struct Reset {
    #[command(flatten)]
    user: Named,
    #[command(flatten)]
    password: Password,
}

#[derive(Debug, Args)]
pub(super) struct Password {
    /// Read the password from the first line of standard input, so that no other process sees it
    #[arg(long, required = true)]
    password_stdin: bool,
    #[command(flatten)]
    pepper: Pepper,
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Create(options) => create(options),
        Command::Disable(options) => disable(options),
        Command::ResetPassword(options) => reset(options),
    }
}

fn create(options: &Create) -> Result<(), Failure> {
    match options.role {
        Role::Agent | Role::Leader if options.group.is_none() => {
            return Err(Failure::Usage("agents and leaders need --group".to_owned()));
        }
        Role::Supervisor if options.office.is_none() => {
            return Err(Failure::Usage("supervisors need --office".to_owned()));
        }
        _ => {}
    }
    let name = options.name.as_deref().unwrap_or(options.login.as_str());
    let name = PersonName::parse(name).map_err(|code| Failure::Usage(format!("--name: {code}")))?;
    let user = User {
        id: clock::new_id(),
        login: options.login.as_str().to_owned(),
        role: options.role,
        name: name.as_written().to_owned(),
        password_hash: options.password.read(&options.login)?,
        must_change_password: false,
        group_id: options.group,
        office_id: options.office,
        organisation_id: None,
        certificate_number: None,
        certificate_expires_on: None,
        disabled_at: None,
        created_at: clock::now().naive_utc(),
    };
    let store = signed(&options.database.open()?, None, "user create");
    let author = store.author();
    let made = store.write(|tx| {
        author.subject(user.id);
        users::create(tx, &user)
    });
    match made {
        Err(StoreError::Unique(_) | StoreError::Conflict(_)) => {
            Err(Failure::Usage(format!("the login {} is taken", user.login)))
        }
        Err(StoreError::NotFound) => Err(Failure::Usage("no such group or office".to_owned())),
        made => {
            println!("{}", made?.id);
            Ok(())
        }
    }
}

fn disable(options: &Named) -> Result<(), Failure> {
    let now = clock::now().naive_utc();
    options.change("user disable", |tx, id| {
        locks::user(tx, id)?;
        users::disable(tx, id, now)?;
        // Who pulls is told.
        giving::release(tx, id, now).map(drop)
    })
}

fn reset(options: &Reset) -> Result<(), Failure> {
    let hash = options.password.read(&options.user.login)?;
    let now = clock::now().naive_utc();
    options.user.change("user reset-password", |tx, id| {
        users::set_password(tx, id, &hash, true)?;
        sessions::end_all(tx, id, now)
    })
}

impl Named {
    fn change(
        &self,
        command: &str,
        work: impl FnOnce(&mut Conn, Id) -> Result<(), StoreError>,
    ) -> Result<(), Failure> {
        let login = self.login.as_str();
        let store = signed(&self.database.open_existing()?, None, command);
        let author = store.author();
        store.write(|tx| {
            let user = users::by_login(tx, login)?
                .ok_or_else(|| Failure::Usage(format!("there is no user {login}")))?;
            author.subject(user.id);
            Ok(work(tx, user.id)?)
        })
    }
}

impl Password {
    /// The digest of the password on standard input.
    fn read(&self, login: &Login) -> Result<String, Failure> {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(Failure::io("standard input"))?;
        let password = line.trim_end_matches(['\r', '\n']).to_owned();
        let password = acceptable(password, login.as_str()).map_err(|code| match code {
            Code::TooCommon => {
                Failure::Usage("the password is one that guessers try first".to_owned())
            }
            code => Failure::Usage(format!("the password must have 8 characters or more ({code})")),
        })?;
        let pepper = self.pepper.read().map_err(Failure::io("--password-pepper"))?;
        Ok(Passwords::new(pepper)?.hash(&password)?)
    }
}

fn login(text: &str) -> Result<Login, String> {
    Login::parse(text).map_err(|code| code.to_string())
}

fn role(text: &str) -> Result<Role, String> {
    match text.parse() {
        Ok(Role::Client) | Err(_) => Err("admin, supervisor, leader or agent".to_owned()),
        Ok(role) => Ok(role),
    }
}

fn id(text: &str) -> Result<Id, String> {
    text.parse::<Id>().map_err(|_| "not an id".to_owned())
}
