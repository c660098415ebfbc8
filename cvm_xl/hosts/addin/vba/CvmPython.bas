' The way to Python, all of it: a function evaluated, a command run. The module xlwings does the rest.
Option Explicit

Public Function CvmEvaluate(Name As String, Values As Variant) As Variant
    #If Mac Then
        Err.Raise 1000, , "Functions in cells need Excel for Windows; on a Mac use them through xlwings Lite"
    #Else
        CvmEvaluate = XLPy.CallUDF("cvm_xl.hosts.com.udfs", Name, Values)
    #End If
End Function

' What Python had to say to the last call.
Public Function CvmSaid() As String
    CvmSaid = CvmEvaluate("CVM_LAST_ERROR", Array())
End Function

Public Sub CvmRun(Command As String, Path As String, Table As String)
    #If Mac Then
        RunPython "from cvm_xl.hosts.com.buttons import press; press(" & _
            CvmQuoted(Command) & ", " & CvmQuoted(Path) & ", " & CvmQuoted(Table) & ")"
    #Else
        Dim Done As Object
        XLPy.SetAttr XLPy.Module("xlwings._xlwindows"), "BOOK_CALLER", ActiveWorkbook
        Set Done = XLPy.Call(XLPy.Module("cvm_xl.hosts.com.buttons"), "press", XLPy.Tuple(Command, Path, Table))
    #End If
End Sub

' A text as Python reads it within a command that a shell quotes: digits and letters alone.
Private Function CvmQuoted(Text As String) As String
    Dim Index As Long
    For Index = 1 To Len(Text)
        CvmQuoted = CvmQuoted & Right$("000" & Hex$(AscW(Mid$(Text, Index, 1))), 4)
    Next Index
    CvmQuoted = "bytes.fromhex('" & CvmQuoted & "').decode('utf-16-be')"
End Function
