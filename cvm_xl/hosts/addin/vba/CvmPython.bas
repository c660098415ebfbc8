' The way to Python, all of it. On Windows the DLL of xlwings starts a server that belongs to this user and hands it
' over; on a Mac xlwings' script for Excel runs one command. Declarations and calls follow xlwings {VERSION}, which is
' distributed under the BSD 3-clause licence, Copyright (C) 2014-present, Zoomer Analytics LLC.
'
' Whatever stands here can be called from a cell of any workbook, private or not. So nothing here takes code, a path or a
' program: what is run is fixed, and where Python is comes from the settings of the user alone.
Option Explicit

#If Mac Then
#ElseIf Win64 Then
    Private Declare PtrSafe Function XLPyDLLActivateAuto Lib "xlwings64-{VERSION}.dll" ( _
        ByRef Result As Variant, Optional ByVal Config As String = "", Optional ByVal Mode As Long = 1) As Long
    Private Declare PtrSafe Function LoadLibrary Lib "KERNEL32" Alias "LoadLibraryA" (ByVal Path As String) As LongPtr
    Private Const Library As String = "xlwings64-{VERSION}.dll"
#Else
    Private Declare PtrSafe Function XLPyDLLActivateAuto Lib "xlwings32-{VERSION}.dll" ( _
        ByRef Result As Variant, Optional ByVal Config As String = "", Optional ByVal Mode As Long = 1) As Long
    Private Declare PtrSafe Function LoadLibrary Lib "KERNEL32" Alias "LoadLibraryA" (ByVal Path As String) As LongPtr
    Private Const Library As String = "xlwings32-{VERSION}.dll"
#End If

Private Const GivenPython As String = "{PYTHON}"

' A function of ours evaluated, by its name.
Public Function CvmEvaluate(Name As String, Values As Variant) As Variant
    #If Mac Then
        Err.Raise 1000, , "Functions in cells need Excel for Windows; on a Mac use them through xlwings Lite"
    #Else
        ' In brackets, so that the cells do not come back as well.
        CvmEvaluate = CvmServer().CallUDF("cvm_xl.hosts.com.udfs", (Name), (Values))
    #End If
End Function

' What Python had to say to the last call.
Public Function CvmSaid() As String
    CvmSaid = CvmEvaluate("CVM_LAST_ERROR", Array())
End Function

' A command of the ribbon, after its questions.
Public Sub CvmRun(Command As String)
    Dim Path As String, Table As String
    If Not CvmAnswered(Command, Path, Table) Then Exit Sub
    #If Mac Then
        CvmRunOnMac "from cvm_xl.hosts.com.buttons import press; press(" & _
            CvmQuoted(Command) & ", " & CvmQuoted(Path) & ", " & CvmQuoted(Table) & ")"
    #Else
        Dim Server As Object, Done As Object
        Set Server = CvmServer()
        Server.SetAttr Server.Module("xlwings._xlwindows"), "BOOK_CALLER", ActiveWorkbook
        Set Done = Server.Call(Server.Module("cvm_xl.hosts.com.buttons"), "press", Server.Tuple(Command, Path, Table))
    #End If
End Sub

' The interpreter: from the user's settings, else the one this add-in was built for.
Private Function CvmInterpreter() As String
    Dim File As Integer, Path As String, Key As String, Value As String
    #If Mac Then
        Path = Environ$("HOME") & "/cvm_xl.conf"
    #Else
        Path = Environ$("USERPROFILE") & "\.cvm_xl\cvm_xl.conf"
    #End If
    CvmInterpreter = GivenPython
    If Dir$(Path) <> "" Then
        File = FreeFile
        Open Path For Input As #File
        Do While Not EOF(File)
            Input #File, Key, Value
            If Key = "INTERPRETER" Then CvmInterpreter = Value
        Loop
        Close #File
    End If
    If CvmInterpreter = "" Then Err.Raise 1000, , "No Python is set; run: cvm-xl install"
End Function

#If Mac Then
Private Sub CvmRunOnMac(Command As String)
    Dim Given As String, Index As Long
    For Index = 1 To 5
        ' The shell would read these in the workbook's name.
        If InStr(ActiveWorkbook.Name, Mid$("$`""\|", Index, 1)) > 0 Then
            Err.Raise 1000, , "The workbook's name holds " & Mid$("$`""\|", Index, 1) & "; save it under another name"
        End If
    Next Index
    Given = "false;;;;;|" & CvmInterpreter() & "|" & Command & "|" & ActiveWorkbook.Name & "|" & _
        Left$(Application.Path, Len(Application.Path) - 4) & "|" & Environ$("HOME") & "/cvm_xl.log"
    AppleScriptTask "xlwings-{VERSION}.applescript", "VbaHandler", Given
End Sub
#Else
' The server, started when it is not there. Every path is whole: nothing is looked for beside a workbook, and Python
' forgets the folder that Excel is in before it imports anything.
Private Function CvmServer() As Object
    Dim Python As String, Folder As String, Command As String, Server As Variant
    Python = CvmInterpreter()
    Folder = Left$(Python, InStrRev(Python, "\") - 1)
    If LoadLibrary(Folder & "\" & Library) = 0 Then
        Folder = Left$(Folder, InStrRev(Folder, "\") - 1)
        If LoadLibrary(Folder & "\" & Library) = 0 Then
            Err.Raise 1000, , Library & " does not stand beside " & Python & "; run: cvm-xl doctor"
        End If
    End If
    Command = Environ$("SystemRoot") & "\System32\cmd.exe /K """"" & Python & """ -B -c ""import sys;" & _
        "sys.path[:]=[p for p in sys.path if p];import xlwings;xlwings.serve('$(CLSID)')"""""
    If XLPyDLLActivateAuto(Server, Command, 1) <> 0 Then Err.Raise 1000, , CStr(Server)
    Set CvmServer = Server
End Function
#End If

' A text as Python reads it within a command that a shell quotes: digits and letters alone.
Private Function CvmQuoted(Text As String) As String
    Dim Index As Long
    For Index = 1 To Len(Text)
        CvmQuoted = CvmQuoted & Right$("000" & Hex$(AscW(Mid$(Text, Index, 1))), 4)
    Next Index
    CvmQuoted = "bytes.fromhex('" & CvmQuoted & "').decode('utf-16-be')"
End Function
