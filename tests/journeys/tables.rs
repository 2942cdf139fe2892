//! Tables that cannot be learned from as they are: each says what is wrong and offers what to do.

use crate::window::{TITLE, Window, project};

/// A file, what the window says of it, and the button that helps.
struct Bad {
    name: &'static str,
    content: &'static [u8],
    says: &'static str,
    offers: &'static str,
}

const BAD: &[Bad] = &[
    Bad {
        name: "empty.csv",
        content: b"",
        says: "is empty. Save the table again.",
        offers: "Open another table…",
    },
    Bad {
        name: "header.csv",
        content: b"title,abstract,labels\n",
        says: "has column names and no rows.",
        offers: "Open another table…",
    },
    Bad {
        name: "paper.csv",
        content: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
        says: "not a table. Save the table as CSV or XLSX.",
        offers: "Open another table…",
    },
    Bad {
        name: "ragged.csv",
        content: b"title,abstract,labels\nOne,Text one,a\nTwo, with a comma,Text two,b\n",
        says: "line 3: 4 cells instead of 3.",
        offers: "Read it another way…",
    },
    Bad {
        name: "texts.csv",
        content: b"title,abstract\nOne,Text one\nTwo,Text two\n",
        says: "has no column that looks like labels.",
        offers: "What the column title is",
    },
    Bad {
        name: "one.csv",
        content: b"title,abstract,labels\nOne,Text one,a\nTwo,Text two,a\n",
        says: "has one label only, “a”",
        offers: "What the column labels is",
    },
    Bad {
        name: "unlabelled.csv",
        content: b"title,abstract,labels\nOne,Text one,\nTwo,Text two,\n",
        says: "has a label in",
        offers: "What the column labels is",
    },
    Bad {
        name: "indicators.csv",
        content: b"title,abstract,heart,liver\nOne,Text one,1,0\nTwo,Text two,0,perhaps\n",
        says: "has no column that looks like labels.",
        offers: "What the column heart is",
    },
];

#[test]
fn each_kind_of_bad_table_says_what_is_wrong_and_offers_what_to_do() {
    let window = Window::open("bad-tables");
    window.press("EN");
    window.press("Understood");
    for bad in BAD {
        let table = window.file(bad.name, bad.content);
        window.drop_files(&[&table]);
        window.see(bad.name);
        window.see(bad.says);
        window.find_called(bad.offers);
        window.photograph(&format!("bad-{}", bad.name));
    }
    let picture = window.file("scan.jpeg", b"\xff\xd8\xff\xe0");
    window.drop_files(&[&picture]);
    window.see("“scan.jpeg” cannot be opened. Drop a table");
}

#[test]
fn what_a_table_holds_is_shown_and_never_run() {
    let window = Window::open("scripts");
    window.press("EN");
    window.press("Understood");
    let script = "<img src=x onerror=\"window.ran=1\"><script>window.ran=1</script>";
    let row = |number: usize| {
        let quoted = script.replace('"', "\"\"");
        let label = if number.is_multiple_of(2) {
            quoted.as_str()
        } else {
            "plain"
        };
        format!("\"Title {number} {quoted}\",\"Abstract {number} {quoted}\",\"{label}\"")
    };
    let rows: Vec<String> = (0..40).map(row).collect();
    let content = format!("title,abstract,labels\n{}\n", rows.join("\n"));
    let table = window.file("<b onclick=x>tabla.csv", content);
    window.drop_files(&[&table]);
    window.see("<b onclick=x>tabla.csv");
    window.see("Title 0 <img src=x");
    window.press("Articles");
    window.see("Title 3 <img src=x");
    window.photograph("scripts");
    assert!(
        window
            .run("return window.ran === undefined;", Vec::new())
            .as_bool()
            .unwrap()
    );
}

#[test]
fn a_file_that_another_program_drags_here_is_announced_and_opened() {
    let window = Window::open("drag");
    window.press("EN");
    window.press("Understood");
    let table = window.file("mis artículos.csv", {
        std::fs::read(project().join("samples/abstracts-en.csv")).unwrap()
    });
    let drag = window.display().drag_over(TITLE, &table);
    drag.hover();
    window.see("Let go to continue");
    window.see("“mis artículos.csv” will be opened as a new project");
    window.photograph("drag-hover");
    drag.let_go();
    window.see("248 rows");
}
