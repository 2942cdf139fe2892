//! A file manager's hand: drags a file to a window by the X11 drag-and-drop protocol (XDND,
//! version 5), from a process that is not the window's.

use std::path::Path;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT, CURRENT_TIME};

x11rb::atom_manager! {
    /// The names of the protocol.
    Atoms: AtomsCookie {
        XdndAware,
        XdndEnter,
        XdndPosition,
        XdndStatus,
        XdndDrop,
        XdndFinished,
        XdndSelection,
        XdndActionCopy,
        FileList: b"text/uri-list",
    }
}

/// Version 5 of the protocol, where the message that begins a drag has it.
const VERSION: u32 = 5 << 24;

/// A file that is being dragged.
pub(crate) struct Drag {
    connection: RustConnection,
    atoms: Atoms,
    source: Window,
    target: Window,
    list: String,
}

impl Drag {
    /// Takes a file and moves it over a window.
    pub(crate) fn over(display: &str, target: Window, file: &Path) -> Self {
        let (connection, screen) = RustConnection::connect(Some(display)).unwrap();
        let atoms = Atoms::new(&connection).unwrap().reply().unwrap();
        let root = connection.setup().roots[screen].root;
        let source = connection.generate_id().unwrap();
        connection
            .create_window(
                COPY_DEPTH_FROM_PARENT,
                source,
                root,
                0,
                0,
                1,
                1,
                0,
                WindowClass::INPUT_OUTPUT,
                COPY_FROM_PARENT,
                &CreateWindowAux::new(),
            )
            .unwrap();
        connection
            .set_selection_owner(source, atoms.XdndSelection, CURRENT_TIME)
            .unwrap();
        let drag = Self {
            connection,
            atoms,
            source,
            target,
            list: format!("{}\r\n", tauri::Url::from_file_path(file).unwrap()),
        };
        drag.tell(atoms.XdndEnter, [VERSION, atoms.FileList, 0, 0]);
        drag
    }

    /// Holds the file over the window until it says that it would take it.
    pub(crate) fn hover(&self) {
        let began = Instant::now();
        loop {
            let place = 400 << 16 | 300;
            let copy = self.atoms.XdndActionCopy;
            self.tell(self.atoms.XdndPosition, [0, place, CURRENT_TIME, copy]);
            let status = self.wait_for(self.atoms.XdndStatus);
            if status.data.as_data32()[1] & 1 == 1 {
                return;
            }
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "the window does not take the file"
            );
        }
    }

    /// Lets the file go, and waits until the window has it.
    pub(crate) fn let_go(self) {
        self.tell(self.atoms.XdndDrop, [0, CURRENT_TIME, 0, 0]);
        self.wait_for(self.atoms.XdndFinished);
    }

    fn tell(&self, kind: Atom, [second, third, fourth, fifth]: [u32; 4]) {
        let data = [self.source, second, third, fourth, fifth];
        let message = ClientMessageEvent::new(32, self.target, kind, data);
        self.connection
            .send_event(false, self.target, EventMask::NO_EVENT, message)
            .unwrap();
        self.connection.flush().unwrap();
    }

    /// Gives the file's address to whoever asks, until a message comes.
    fn wait_for(&self, kind: Atom) -> ClientMessageEvent {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(30) {
            match self.connection.poll_for_event().unwrap() {
                Some(Event::ClientMessage(message)) if message.type_ == kind => return message,
                Some(Event::SelectionRequest(request)) => self.give(&request),
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        panic!("the window does not answer the drag")
    }

    fn give(&self, request: &SelectionRequestEvent) {
        let is_list = request.target == self.atoms.FileList;
        let property = if is_list {
            request.property
        } else {
            AtomEnum::NONE.into()
        };
        if is_list {
            let list = self.list.as_bytes();
            self.connection
                .change_property8(
                    PropMode::REPLACE,
                    request.requestor,
                    property,
                    request.target,
                    list,
                )
                .unwrap();
        }
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property,
        };
        self.connection
            .send_event(false, request.requestor, EventMask::NO_EVENT, answer)
            .unwrap();
        self.connection.flush().unwrap();
    }
}
