// The one list of the program's commands. The build script includes this file to say which
// commands exist, the shell to register their handlers. `tauri.conf.json` grants them to the page.
macro_rules! with_commands {
    ($use:ident) => {
        $use!(
            ask,
            start_job,
            list_jobs,
            watch_job,
            pause_job,
            resume_job,
            stop_job,
            forget_job,
            choose_path,
            take_opened_files,
            open_example,
            list_projects,
            save_project,
            delete_project,
            load_settings,
            save_settings,
            load_history,
            add_to_history,
            wipe_history,
            show_in_folder,
            save_text,
            close_window
        )
    };
}
