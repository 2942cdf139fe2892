//! The desktop program: a Tauri shell around the engine (`engine`), added on top of the
//! terminal program. The shell holds the window, drag and drop and the supervision of worker
//! processes; it does no numerics and reads no tables.
